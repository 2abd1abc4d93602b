import type { Peak } from "./silence";

/** One side of a waveform as columns of a drawing, each as tall as its loudest moment: 0 to 1. */
export function columns(peaks: readonly Peak[], count: number): number[] {
  if (peaks.length === 0 || count <= 0) return [];
  return Array.from({ length: count }, (_, n) => {
    const from = Math.floor((n * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((n + 1) * peaks.length) / count));
    let most = 0;
    for (let at = from; at < to && at < peaks.length; at += 1) {
      const [low = 0, high = 0] = peaks[at] ?? [];
      most = Math.max(most, Math.abs(low), Math.abs(high));
    }
    // Speech on the telephone fills a fifth of the scale: the root lets it be seen.
    return Math.sqrt(Math.min(1, most / 128));
  });
}
