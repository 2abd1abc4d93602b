import { describe, expect, it } from "vitest";
import { again, complete, empty, heard, isMissing, shown, TYPING_FOR, written, type Chat, type Frame } from "./chat";

const line = (seq: number, more: Record<string, unknown> = {}): Frame => ({ t: "line", conversation: "c", seq, kind: "text", by: "agent", name: "Anna", text: `line ${seq}`, at: seq, ...more });
const begun = heard(empty, { t: "welcome", conversation: "c", after: 0, seen: 0, attended: true }, 0);
const all = (frames: Frame[], from: Chat = begun) => frames.reduce((chat, frame) => heard(chat, frame, 1_000), from);
const texts = (chat: Chat) => shown(chat).map((one) => one.text);

describe("the lines of a chat", () => {
  it("stand once and in their order, however they come [S2.10]", () => {
    expect(texts(all([line(2), line(1), line(2), line(3), line(1)]))).toEqual(["line 1", "line 2", "line 3"]);
  });
  it("are held back behind a gap, which is known to be one [S2.10]", () => {
    const chat = all([line(1), line(4), line(5)]);
    expect([texts(chat), complete(chat.lines), isMissing(chat)]).toEqual([["line 1"], 1, true]);
    expect(texts(all([line(2), line(3, { kind: "none" })], chat))).toEqual(["line 1", "line 2", "line 4", "line 5"]);
  });
  it("of another conversation are not ours", () => {
    expect(all([line(1, { conversation: "d" })]).lines.size).toBe(0);
  });
  it("that are recalled say nothing any more, and edited ones the new text [S2.3]", () => {
    const chat = all([line(1), line(2), line(3, { kind: "recalled", of: 1 }), line(4, { kind: "edited", of: 2, text: "better" })]);
    expect(shown(chat).map((one) => [one.text, one.recalled, one.edited])).toEqual([
      ["", true, false],
      ["better", false, true],
    ]);
  });
});

describe("what I write", () => {
  const mine = written(begun, { id: "a", text: "hello" });
  it("waits until it is acknowledged, and stands once [S2.8]", () => {
    expect(written(mine, { id: "a", text: "hello" }).waiting).toHaveLength(1);
    const stored = all([{ t: "ack", id: "a", conversation: "c", seq: 1 }, line(1, { by: "me", text: "hello" }), { t: "ack", id: "a", conversation: "c", seq: 1 }], mine);
    expect([stored.waiting, texts(stored)]).toEqual([[], ["hello"]]);
  });
  it("says why it was not taken, and goes again under its name [S2.9]", () => {
    const failed = all([{ t: "refused", id: "a", reason: "too_long", after_ms: null }], mine);
    expect(failed.waiting).toMatchObject([{ id: "a", state: "failed", reason: "too_long" }]);
    expect(again(failed, "a").waiting).toMatchObject([{ id: "a", state: "sending" }]);
  });
  it("waits where it was too fast, and goes by itself", () => {
    expect(all([{ t: "refused", id: "a", reason: "too_fast", after_ms: 500 }], mine).waiting).toMatchObject([{ state: "sending", againAt: 1_500 }]);
  });
  it("is told in the house's own words why it waits [S9.18]", () => {
    expect(all([{ t: "refused", id: "a", reason: "too_fast", after_ms: 500, text: "Slowly, please" }], mine).waiting).toMatchObject([{ state: "sending", told: "Slowly, please" }]);
  });
  it("that is held stands once when it is let through, and is asked for after a reload [S9.19]", () => {
    const held = all([{ t: "held", id: "a" }], mine);
    expect(held.waiting).toMatchObject([{ id: "a", state: "held" }]);
    expect(all([line(1, { text: "something else", by: "me" })], held).waiting).toHaveLength(1);
    const through = all([line(1, { by: "me", text: "hello" })], held);
    expect([through.waiting, texts(through)]).toEqual([[], ["hello"]]);
    expect(all([{ t: "welcome", conversation: "c", after: 0 }], held).waiting).toMatchObject([{ state: "sending" }]);
  });
  it("stays when the conversation becomes another", () => {
    const other = all([{ t: "conversation", conversation: "d" }], mine);
    expect([other.conversation, other.lines.size, other.waiting.length]).toEqual(["d", 0, 1]);
  });
});

describe("what is only true at the moment", () => {
  it("is who types, for six seconds or until they have written [S2.4]", () => {
    const typing = all([{ t: "typing", name: "Anna" }]);
    expect(typing.typing).toEqual({ name: "Anna", until: 1_000 + TYPING_FOR });
    expect(all([line(1)], typing).typing).toBeNull();
  });
  it("is the place in the queue, until somebody is there", () => {
    const waiting = all([{ t: "queue", position: 2, estimate_s: 40 }]);
    expect(waiting.queue).toEqual({ position: 2, estimate: 40 });
    const joined = all([line(1, { kind: "joined" })], waiting);
    expect([joined.queue, joined.agent]).toEqual([null, "Anna"]);
    expect([joined.lines.get(1)?.from, all([line(1, { kind: "joined", from: "Ben" })]).lines.get(1)?.from]).toEqual([null, "Ben"]);
    expect(all([line(2, { kind: "left" })], joined).agent).toBeNull();
    expect(all([line(2, { kind: "left", name: "Ben" })], joined).agent).toBe("Anna");
    expect(all([line(2, { kind: "passed" })], joined).agent).toBeNull();
    expect(all([line(2, { kind: "closed" })], joined)).toMatchObject({ closed: true, agent: null });
  });
  it("is how far they have read, which only grows [S2.2]", () => {
    expect(all([{ t: "seen", seq: 4 }, { t: "seen", seq: 2 }]).seen).toBe(4);
  });
});

it("shows files of this server alone, and takes them away with their text", () => {
  const files = [
    { name: "a.png", kind: "picture", path: "/public/api/v1/attachments/00" },
    { name: "b.png", kind: "picture", path: "https://elsewhere.example/b.png" },
    null,
  ];
  const begun = heard(empty, { t: "welcome", conversation: "c", after: 0, seen: 0, closed: false, attended: true }, 0);
  const chat = heard(begun, { t: "line", conversation: "c", seq: 1, kind: "text", by: "agent", name: "Anna", text: "", at: 1, files }, 0);
  expect(shown(chat)[0]?.files).toEqual([files[0]]);
  const recalled = heard(chat, { t: "line", conversation: "c", seq: 2, kind: "recalled", of: 1, by: "agent", at: 2 }, 0);
  expect(shown(recalled)[0]).toMatchObject({ recalled: true, files: [] });
});
