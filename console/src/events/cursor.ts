import type { Happened, Line } from "./line";

/** How far we have heard. `null`: nothing yet, the first line says where we are. */
export type Cursor = number | null;

export interface Step {
  cursor: Cursor;
  /** New to us. */
  happened: Happened | null;
  /** What was shown may be wrong by now: read it anew. */
  reset: boolean;
}

/**
 * One line further. After a cut the server begins behind the number we name, so what comes twice is known by it. Numbers have gaps
 * where something is not for this reader; a gap means nothing. What happened in a gap that the server cannot fill any more it says
 * itself (`reset`).
 */
export function step(cursor: Cursor, line: Line): Step {
  // It moves nothing, and what it tells is over in a moment.
  if (!("seq" in line)) return { cursor, happened: { type: line.type, seq: cursor ?? 0, at: Date.now(), data: line.data }, reset: false };
  if (line.type === "reset") return { cursor: line.seq, happened: null, reset: true };
  if (line.type === "cursor") return { cursor: Math.max(cursor ?? line.seq, line.seq), happened: null, reset: false };
  if (cursor !== null && line.seq <= cursor) return { cursor, happened: null, reset: false };
  return { cursor: line.seq, happened: line as Happened, reset: false };
}
