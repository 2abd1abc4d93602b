import { expect, it } from "vitest";
import { ordered } from "./order";

it("shows trouble first, then talks, then who is there, then who is not", () => {
  const agent = (name: string, state: string, since: number) => ({ name, state, since });
  const floor = [
    agent("out", "logged_out", 1),
    agent("ready-late", "ready", 9),
    agent("new-state", "singing", 0),
    agent("talks", "talking", 5),
    agent("ready-long", "ready", 2),
    agent("lost", "reconnecting", 8),
  ];
  expect(ordered(floor).map((one) => one.name)).toEqual(["lost", "talks", "ready-long", "ready-late", "out", "new-state"]);
  expect(floor[0]?.name).toBe("out");
});
