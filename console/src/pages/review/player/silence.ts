/** Lowest and highest sample of a span, in 1/128 of full scale. */
export type Peak = readonly number[];
export type Sound = { left: readonly Peak[]; right: readonly Peak[] };
/** From and to, in milliseconds. */
export type Span = readonly [number, number];

/** Below it a line is quiet: −33 dBFS, as loud as the noise of a bad line. */
const LOUD = 3;
/** Shorter pauses belong to talking. */
const SHORTEST = 1_500;
/** So much is left on both sides, so that nobody is cut off. */
const MARGIN = 300;

/** Where nobody speaks for a while: worth skipping. */
export function silences({ left, right }: Sound, durationMs: number): Span[] {
  const count = Math.max(left.length, right.length);
  if (count === 0 || durationMs <= 0) return [];
  const spanMs = durationMs / count;
  const found: Span[] = [];
  let began = -1;
  for (let n = 0; n <= count; n += 1) {
    const quiet = n < count && height(left[n]) < LOUD && height(right[n]) < LOUD;
    if (quiet && began < 0) began = n;
    if (!quiet && began >= 0) {
      const [from, to] = [began * spanMs, n * spanMs];
      if (to - from >= SHORTEST) found.push([Math.round(from + MARGIN), Math.round(to - MARGIN)]);
      began = -1;
    }
  }
  return found;
}

/** Where to go on when this moment lies in a silence; null: somebody speaks. */
export function past(spans: readonly Span[], ms: number): number | null {
  const span = spans.find(([from, to]) => ms >= from && ms < to);
  return span ? span[1] : null;
}

function height(peak: Peak | undefined): number {
  return peak ? Math.max(Math.abs(peak[0] ?? 0), Math.abs(peak[1] ?? 0)) : 0;
}
