import type { Shown } from "../../api";

export type Span = Shown["SpanShape"];

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

/** `09:00-12:00, 13:30-18:00`, as it is typed; null where it cannot be read. Empty: closed. */
export function spans(typed: string): Span[] | null {
  const parts = typed
    .replaceAll(/[，、;；]/g, ",")
    .replaceAll("：", ":")
    .replaceAll(/[–—~～至]/g, "-")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const read: Span[] = [];
  for (const part of parts) {
    const [from = "", to = "", ...rest] = part.split("-").map((time) => time.trim().replace(/^(\d):/, "0$1:"));
    const before = read.at(-1)?.to ?? "00:00";
    if (rest.length > 0 || !TIME.test(from) || !TIME.test(to) || from >= to || from < before) return null;
    read.push({ from, to });
  }
  return read;
}

export function typed(open: readonly Span[]): string {
  return open.map((span) => `${span.from}-${span.to}`).join(", ");
}
