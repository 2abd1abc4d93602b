/** A line of a transcript with its place in the recording. */
export type Timed = { start_ms?: number | null; end_ms?: number | null };

/**
 * Which line is spoken at this moment, or was the last before it; -1: none yet. Lines are in the order of their
 * beginnings. Where two talk at once, the one that began later is meant.
 */
export function lineAt(lines: readonly Timed[], ms: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.start_ms ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The lines of one recording, in the order in which they were said. */
export function inOrder<T extends Timed>(lines: readonly T[]): T[] {
  const placed = lines.filter((line) => typeof line.start_ms === "number");
  return placed.sort((a, b) => (a.start_ms ?? 0) - (b.start_ms ?? 0));
}
