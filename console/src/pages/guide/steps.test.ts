import { expect, it } from "vitest";
import { next, steps } from "./steps";

const nothing = { queues: 0, agents: 0, flows: 0, numbers: [], trunks: 0, ready: 0, calls: 0 };

it("leads from nothing to the first call", () => {
  expect(next(steps(nothing))).toBe("queue");
  expect(next(steps({ ...nothing, queues: 1, agents: 1, flows: 1 }))).toBe("number");
  expect(next(steps({ ...nothing, queues: 1, agents: 1, flows: 1, numbers: ["1000"] }))).toBe("ready");
  expect(next(steps({ ...nothing, queues: 1, agents: 1, flows: 1, numbers: ["1000"], calls: 1 }))).toBeNull();
});

it("does not insist on a trunk", () => {
  const all = steps({ ...nothing, queues: 1, agents: 1, flows: 1, numbers: ["1"], ready: 1, calls: 1 });
  expect(all.find((step) => step.name === "trunk")).toMatchObject({ isDone: false, isOptional: true });
});
