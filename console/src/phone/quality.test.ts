import { expect, it } from "vitest";
import { judge, type Counters } from "./quality";

const start: Counters = { at: 0, received: 0, lost: 0, jitter: 0, roundTrip: null, energy: 0 };
const after = (more: Partial<Counters>): Counters => ({ at: 2_000, received: 100, lost: 0, jitter: 0.01, roundTrip: 0.05, energy: 0, ...more });

it.each([
  [after({}), "good"],
  [after({ lost: 1 }), "good"],
  [after({ lost: 3 }), "fair"],
  [after({ lost: 10 }), "poor"],
  [after({ jitter: 0.05 }), "fair"],
  [after({ jitter: 0.09 }), "poor"],
  [after({ roundTrip: 0.35 }), "fair"],
  [after({ roundTrip: 0.6 }), "poor"],
  [after({ roundTrip: null }), "good"],
  [after({ received: 0 }), null],
  [after({ received: 0, at: 4_000 }), "silent"],
  // A browser may take packets back from the lost ones.
  [after({ lost: -2 }), "good"],
] as const)("%o is %s", (now, quality) => expect(judge(start, now)).toBe(quality));

it("cannot be told from one look", () => expect(judge(null, start)).toBeNull());
