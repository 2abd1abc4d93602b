import { expect, it } from "vitest";
import { inOrder, notYetIn, outgoing, type Outgoing, type Step, wayOf } from "./outgoing";

const after = (...steps: Step[]) => steps.reduce<readonly Outgoing[]>(outgoing, []);
const written = (name: string): Step => ({ type: "written", name, text: name, files: [] });

it("keeps what was written until it is stored, in its order", () => {
  const state = after(written("a"), written("b"), { type: "stored", name: "b", seq: 8 }, { type: "failed", name: "a" });
  expect(state.map((one) => [one.name, one.state])).toEqual([
    ["a", "failed"],
    ["b", "stored"],
  ]);
  expect(after(written("a"), written("a"))).toHaveLength(1);
});

it("does not believe a late failure of what is stored", () => {
  const state = after(written("a"), { type: "stored", name: "a", seq: 3 }, { type: "failed", name: "a" }, { type: "again", name: "a" }, { type: "dropped", name: "a" });
  expect(state).toEqual([{ name: "a", text: "a", files: [], state: "stored", seq: 3 }]);
});

it("sends again under the same name, and forgets what is given up", () => {
  expect(after(written("a"), { type: "failed", name: "a" }, { type: "again", name: "a" })[0]).toMatchObject({ name: "a", state: "sending" });
  expect(after(written("a"), { type: "failed", name: "a" }, { type: "dropped", name: "a" })).toEqual([]);
});

it("shows a text once: beside the timeline, then in it", () => {
  const state = after(written("a"), { type: "stored", name: "a", seq: 5 }, written("b"));
  expect(notYetIn([{ seq: 4 }], state).map((one) => one.name)).toEqual(["a", "b"]);
  expect(notYetIn([{ seq: 4 }, { seq: 5 }], state).map((one) => one.name)).toEqual(["b"]);
});

it("puts lines in order that came doubled, turned round, and after a gap", () => {
  const pages = [[{ seq: 7 }, { seq: 8 }], [{ seq: 1 }, { seq: 2 }], [{ seq: 2 }, { seq: 3 }], [{ seq: 5 }, { seq: 4 }, { seq: 6 }]];
  expect(inOrder(pages).map((line) => line.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(inOrder([[{ seq: 1, text: "old" }], [{ seq: 1, text: "recalled" }]])).toEqual([{ seq: 1, text: "recalled" }]);
});

it("says how a text fares by its own state and by the cursors", () => {
  const cursors = { delivered: 5, read: 3 };
  const said = (seq: number, state: string | null) => wayOf({ seq, state }, cursors);
  expect([said(3, "sent"), said(4, "sent"), said(6, "sent"), said(6, "pending")]).toEqual(["read", "delivered", "sent", "pending"]);
  expect([said(2, "failed"), said(2, "unknown"), said(1, null)]).toEqual(["failed", "unknown", null]);
});
