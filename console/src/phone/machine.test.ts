import { describe, expect, it } from "vitest";
import { IDLE, step, type Command, type Incoming, type Input, type Phone } from "./machine";

const offer = (id: string, more: Partial<Incoming> = {}): Input => ({
  on: "incoming",
  call: { id, number: "015112345678", name: null, workItem: "w", offer: "o", auto: null, ...more },
});

/** What becomes of it, and what was to be done. */
function play(...inputs: Input[]): { phone: Phone; done: Command[] } {
  let phone = IDLE;
  const done: Command[] = [];
  inputs.forEach((input, n) => {
    const [next, commands] = step(phone, input, n);
    phone = next;
    done.push(...commands);
  });
  return { phone, done };
}

describe("the telephone", () => {
  it("rings, is answered, talks, and ends", () => {
    const { phone, done } = play(offer("a"), { on: "answer" }, { on: "talking", id: "a" }, { on: "hangUp" }, { on: "over", id: "a", cause: "Terminated", by: "us" });
    expect(done).toEqual([
      { do: "ring", how: "ring" },
      { do: "silence" },
      { do: "answer", id: "a" },
      { do: "silence" },
      { do: "silence" },
      { do: "end", id: "a" },
      { do: "silence" },
    ]);
    expect(phone).toMatchObject({ call: null, ended: { by: "us", at: 4 } });
  });
  it("is declined, not hung up, while it rings", () => {
    for (const input of [{ on: "decline" }, { on: "hangUp" }] as const) {
      expect(play(offer("a"), input).done.at(-1)).toEqual({ do: "refuse", id: "a", status: 603 });
    }
  });
  it("is silent when somebody else was faster", () => {
    const { phone, done } = play(offer("a"), { on: "over", id: "a", cause: "Canceled", by: "them" });
    expect(done.at(-1)).toEqual({ do: "silence" });
    expect(phone.call).toBeNull();
  });
  it("is busy for a second call", () => {
    const { phone, done } = play(offer("a"), offer("b"));
    expect(done.at(-1)).toEqual({ do: "refuse", id: "b", status: 486 });
    expect(phone.call?.id).toBe("a");
  });
  it("answers once, however often it is told to", () => {
    const { done } = play(offer("a"), { on: "answer" }, { on: "answer" }, { on: "decline" });
    expect(done.filter((one) => one.do === "answer")).toHaveLength(1);
    expect(done.filter((one) => one.do === "refuse")).toHaveLength(0);
  });
  it("picks up by itself with a beep when its agent wants it so, without one when they have just asked", () => {
    expect(play(offer("a", { auto: "chosen" })).done).toEqual([{ do: "ring", how: "beep" }, { do: "answer", id: "a" }]);
    expect(play(offer("a", { auto: "asked" })).done).toEqual([{ do: "answer", id: "a" }]);
  });
  /** Rows: V2 */
  it("takes its own call back, muted as it was, and lets the old leg go", () => {
    const { phone, done } = play(
      offer("a"),
      { on: "answer" },
      { on: "talking", id: "a" },
      { on: "mute", isMuted: true },
      offer("b", { auto: "return" }),
      { on: "talking", id: "b" },
      { on: "over", id: "a", cause: "Terminated", by: "them" },
    );
    expect(phone.call).toMatchObject({ id: "b", stage: "talking", isMuted: true });
    expect(done).toContainEqual({ do: "mute", id: "b", isMuted: true });
    expect(done).not.toContainEqual({ do: "end", id: "a" });
  });
  it("hears late what is over", () => {
    const { phone } = play(offer("a"), { on: "over", id: "a", cause: "", by: "them" }, { on: "talking", id: "a" }, { on: "answer" });
    expect(phone.call).toBeNull();
  });
  it("does nothing without a call", () => {
    expect(play({ on: "answer" }, { on: "hangUp" }, { on: "mute", isMuted: true }, { on: "over", id: "x", cause: "", by: "us" }).done).toEqual([]);
  });
  it("keeps its call when its line is lost", () => {
    const { phone } = play(offer("a"), { on: "answer" }, { on: "talking", id: "a" }, { on: "registration", is: "lost" }, { on: "registration", is: "ready" });
    expect(phone).toMatchObject({ registration: "ready", call: { id: "a", stage: "talking" } });
  });
  it("calls one at a time", () => {
    const { phone, done } = play({ on: "dialling", id: "a", number: "1003" }, { on: "dialling", id: "b", number: "1003" });
    expect(phone.call).toMatchObject({ id: "a", direction: "out", stage: "ringing" });
    expect(done).toEqual([{ do: "end", id: "b" }]);
  });
});
