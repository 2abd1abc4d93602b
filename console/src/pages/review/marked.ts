/** A piece of a line: what was looked for, or what stands around it. */
export type Piece = { text: string; hit: boolean };

/**
 * The line in pieces. `hits` count characters as people do (the server counts code points), so an emoji before a hit
 * moves nothing. Hits that overlap, or lie outside, do no harm.
 */
export function marked(text: string, hits: readonly (readonly number[])[]): Piece[] {
  const letters = Array.from(text);
  const inside = new Array<boolean>(letters.length).fill(false);
  for (const [from = 0, to = 0] of hits) {
    for (let n = Math.max(0, from); n < Math.min(to, letters.length); n += 1) inside[n] = true;
  }
  const pieces: Piece[] = [];
  letters.forEach((letter, n) => {
    const hit = inside[n] ?? false;
    const last = pieces[pieces.length - 1];
    if (last && last.hit === hit) last.text += letter;
    else pieces.push({ text: letter, hit });
  });
  return pieces;
}
