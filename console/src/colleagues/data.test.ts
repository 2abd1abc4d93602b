import { describe, expect, it } from "vitest";
import { leadsTo, mayRecall, nameOf, onSign, otherIn, readersOf, unreadIn, type Line, type Room } from "./data";

const person = (id: string, read: number) => ({ id, name: `Name of ${id}`, active: true, state: null, read });
const room = (more: Partial<Room>): Room => ({ id: "r", name: null, people: [person("me", 3), person("b", 2)], seq: 3, line_at: 1, read: 3, unread: 0, ...more });
const line = (more: Partial<Line>): Line => ({
  id: "l",
  seq: 1,
  kind: "said",
  author: "me",
  author_name: "Me",
  whom: null,
  whom_name: null,
  text: "hello",
  about: false,
  conversation: null,
  at: 1_000,
  recalled: false,
  mine: true,
  ...more,
});

describe("rooms of colleagues", () => {
  it("are called by their name, or by who else is there", () => {
    expect(nameOf(room({}), "me", "?")).toBe("Name of b");
    expect(nameOf(room({ name: "二线" }), "me", "?")).toBe("二线");
    expect(nameOf(room({ people: [person("me", 0)] }), "me", "?")).toBe("?");
    expect(otherIn(room({ name: "二线" }), "me")).toBeNull();
  });
  it("say how much is new, and who has read", () => {
    expect(unreadIn(undefined)).toBe(0);
    expect(unreadIn([room({ unread: 2 }), room({ unread: 99 })])).toBe(101);
    expect([onSign(99), onSign(101)]).toEqual(["99", "99+"]);
    expect([readersOf(room({}), "me", 2), readersOf(room({}), "me", 3)]).toEqual([1, 0]);
  });
  it("let one take back one's own for two minutes", () => {
    expect(mayRecall(line({}), 120_999)).toBe(true);
    expect(mayRecall(line({}), 121_000)).toBe(false);
    expect(mayRecall(line({ mine: false }), 1_000)).toBe(false);
    expect(mayRecall(line({ recalled: true }), 1_000)).toBe(false);
    expect(mayRecall(line({ kind: "left" }), 1_000)).toBe(false);
  });
  it("lead to a conversation where this person has a page for it", () => {
    expect(leadsTo("c", true, () => true)).toBe("/desk?conversation=c");
    expect(leadsTo("c", false, () => true)).toBe("/review?c=c");
    expect(leadsTo("c", true, (right) => right === "recordings.play")).toBe("/review?c=c");
    expect(leadsTo("c", true, () => false)).toBeNull();
  });
});
