/** A line of the events socket. Everything but the two that steer is something that happened. */
export type Line =
  /** Somebody writes just now, a visitor came to another page: no event was written, so without a number. */
  | { type: "typing" | "looking"; data: Record<string, unknown> }
  | { type: "cursor"; seq: number }
  | { type: "reset"; seq: number; reason: "too_old" | "unknown" }
  | Happened;

export interface Happened {
  type: string;
  seq: number;
  /** Milliseconds since 1970. */
  at: number;
  data: Record<string, unknown>;
}

/** What came over the wire, or nothing: a line that cannot be read is skipped, the next ones count. */
export function read(text: string): Line | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const line = value as Partial<Happened>;
  const { type, data } = line;
  if (type === "typing" || type === "looking") return typeof data === "object" && data !== null ? ({ type, data } as Line) : null;
  if (typeof line.type !== "string" || typeof line.seq !== "number") return null;
  if (line.type === "cursor" || line.type === "reset") return value as Line;
  if (typeof line.at !== "number" || typeof line.data !== "object" || line.data === null) return null;
  return value as Happened;
}
