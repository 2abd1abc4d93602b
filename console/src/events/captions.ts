import type { Happened } from "./line";

/** Something that was just said in a call. */
export interface Caption {
  seq: number;
  transcript: string;
  speaker: string;
  agent: string | null;
  text: string;
  /** Its place in the call's recording. */
  startMs: number;
  endMs: number;
}

/** A call of hours keeps its last lines; the rest is in the timeline. */
export const KEPT = 400;

/**
 * The captions of one conversation, in the order in which they were said. Engines hear two speakers at different speeds: a line may
 * come after one that was said later. Gives the same list when nothing changes.
 */
export function heard(captions: readonly Caption[], conversation: string, { type, seq, data }: Happened): readonly Caption[] {
  if (type !== "caption" || data.conversation !== conversation) return captions;
  if (captions.some((one) => one.seq === seq)) return captions;
  const text = typeof data.text === "string" ? data.text : "";
  const place = (value: unknown) => (typeof value === "number" ? value : 0);
  const caption: Caption = {
    seq,
    transcript: String(data.transcript ?? ""),
    speaker: String(data.speaker ?? ""),
    agent: typeof data.agent === "string" ? data.agent : null,
    text,
    startMs: place(data.start_ms),
    endMs: place(data.end_ms),
  };
  const after = captions.findIndex((one) => one.transcript === caption.transcript && one.startMs > caption.startMs);
  const at = after < 0 ? captions.length : after;
  return [...captions.slice(0, at), caption, ...captions.slice(at)].slice(-KEPT);
}
