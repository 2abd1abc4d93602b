import { describe, expect, it } from "vitest";
import { heard, KEPT, type Caption } from "./captions";
import type { Happened } from "./line";

const said = (seq: number, text: string, start: number, more: Record<string, unknown> = {}): Happened => ({
  type: "caption",
  seq,
  at: 1,
  data: { conversation: "c", transcript: "t", speaker: "contact", text, start_ms: start, end_ms: start + 500, ...more },
});
const all = (...lines: Happened[]) => lines.reduce<readonly Caption[]>((captions, line) => heard(captions, "c", line), []);
const texts = (captions: readonly Caption[]) => captions.map((one) => one.text);

describe("captions", () => {
  it("stand in the order in which they were said", () => {
    expect(texts(all(said(1, "a", 0), said(2, "c", 2000), said(3, "b", 1000)))).toEqual(["a", "b", "c"]);
  });
  it("come twice and are shown once", () => {
    expect(texts(all(said(1, "a", 0), said(1, "a", 0), said(2, "b", 900), said(1, "a", 0)))).toEqual(["a", "b"]);
  });
  it("of another conversation, and other events, are not ours", () => {
    const captions = all(said(1, "a", 0));
    expect(heard(captions, "c", said(2, "x", 0, { conversation: "d" }))).toBe(captions);
    expect(heard(captions, "c", { type: "presence_changed", seq: 3, at: 1, data: {} })).toBe(captions);
  });
  it("of a second call come after those of the first, though its clock begins anew", () => {
    expect(texts(all(said(1, "first", 9000), said(2, "second", 100, { transcript: "u" })))).toEqual(["first", "second"]);
  });
  it("are not kept without end", () => {
    const many = all(...Array.from({ length: KEPT + 50 }, (_, n) => said(n, String(n), n * 1000)));
    expect(many).toHaveLength(KEPT);
    expect(many.at(-1)?.text).toBe(String(KEPT + 49));
  });
});
