import { describe, expect, it } from "vitest";
import { reasons } from "./why";
import { whyWords } from "./whyWords";

const name = (id: string) => (id === "b" ? "Bernd" : null);

describe("why an agent was asked", () => {
  it("names what decided, and who else could", () => {
    const why = { how: "matched", strategy: "longest_idle", candidates: 3, wanted: { billing: 2 }, relaxed: 1, vip: true, others: ["b", "x"] };
    expect(reasons(why, whyWords.en, name)).toEqual([
      "chosen by the queue",
      "a VIP goes first",
      "can billing 2",
      "1 step of relaxation",
      "idle longest",
      "3 could take it",
      "next: Bernd",
    ]);
  });

  it("does not speak of a choice where there was none", () => {
    const why = { how: "required", strategy: "least_busy", candidates: 1, preferred: true };
    expect(reasons(why, whyWords.en, name)).toEqual(["the contact's own agent"]);
    expect(reasons({ how: "assigned", candidates: 1 }, whyWords.zh, name)).toEqual(["主管指派"]);
  });
});
