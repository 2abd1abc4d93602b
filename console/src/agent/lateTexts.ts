/** What counts here of a text in hand. Times are milliseconds since 1970. */
export interface InHand {
  conversation: string;
  waiting_since?: number | null;
  late_at?: number | null;
}

/** Waits that one was told of, each by its contact and its beginning: whoever waits again is another one. */
export type Known = ReadonlySet<string>;

export interface Look {
  known: Known;
  /** How many wait too long of whom one was not told yet. */
  news: number;
  /** When the next of them will, if nothing happens until then. */
  next: number | null;
}

/** Who waits too long by now. Looked at twice, or after a gap, each wait is news once. */
export function lateTexts(known: Known, all: readonly InHand[], now: number): Look {
  const waits = all.flatMap(({ conversation, waiting_since, late_at }) => (late_at && waiting_since ? [{ name: `${conversation} ${waiting_since}`, late_at }] : []));
  const late = new Set(waits.filter(({ late_at }) => late_at <= now).map(({ name }) => name));
  const next = waits.map(({ late_at }) => late_at).filter((at) => at > now);
  return { known: late, news: [...late].filter((name) => !known.has(name)).length, next: next.length > 0 ? Math.min(...next) : null };
}
