import { describe, expect, it } from "vitest";
import { mayRecall, spoken, withDesk, type Line, type Talk } from "./data";

const line = (kind: string, more: Partial<Line> = {}): Line => ({ seq: 1, kind, at: 1_000, by: "me", text: "x", recalled: false, edited: false, files: [], ...more });
const talk = (id: string, inbox: string, closed_at: number | null): Talk => ({ id, inbox, inbox_name: inbox, opened_at: 1, closed_at, last_seq: 1, last_at: 1, read: 0, unread: 0 });

describe("the help desk", () => {
  it("shows what says something", () => {
    const kinds = ["text", "none", "joined", "recalled", "edited", "passed", "left", "closed", "new kind"];
    expect(spoken(kinds.map((kind) => line(kind))).map((one) => one.kind)).toEqual(["text", "joined", "passed", "left", "closed"]);
  });

  it("goes on with what is open before what is over", () => {
    const talks = [talk("a", "it", 5), talk("b", "it", null), talk("c", "office", 5), talk("d", "office", 4)];
    expect(["it", "office", "kitchen"].map((desk) => withDesk(talks, desk)?.id)).toEqual(["b", "c", undefined]);
  });

  it("lets me take back my own, for a while", () => {
    expect(mayRecall(line("text"), 120_999)).toBe(true);
    expect(mayRecall(line("text"), 121_000)).toBe(false);
    expect(mayRecall(line("text", { by: "agent" }), 2_000)).toBe(false);
    expect(mayRecall(line("text", { recalled: true }), 2_000)).toBe(false);
    expect(mayRecall(line("closed"), 2_000)).toBe(false);
  });
});
