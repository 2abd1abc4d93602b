/**
 * Which rows of a long list are drawn: those that can be seen, and some around them. Rows have heights of their own, known once they
 * were drawn; until then a guess stands in for them.
 */

export interface Part {
  /** The first row that is drawn, and the first after them that is not. */
  from: number;
  to: number;
  /** Pixels of what is left out, above and below. */
  above: number;
  below: number;
}

/** `heights[n]`: of row `n`, or nothing. `top`, `view`: what the box shows, in pixels; `around`: so much more is drawn on either side. */
export function part(count: number, heights: readonly (number | undefined)[], guess: number, top: number, view: number, around: number): Part {
  const height = (n: number) => heights[n] ?? guess;
  let from = 0;
  let above = 0;
  // A list that became shorter than it was scrolled shows its end.
  while (from < count && above + height(from) < top - around) {
    above += height(from);
    from += 1;
  }
  let to = from;
  let end = above;
  while (to < count && end < top + view + around) {
    end += height(to);
    to += 1;
  }
  let below = 0;
  for (let n = to; n < count; n += 1) below += height(n);
  return { from, to, above, below };
}
