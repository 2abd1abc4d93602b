import { describe, expect, it } from "vitest";
import { endsRegion, routingOf, routingWish, type Routing } from "./routing";

describe("how a queue's work is routed", () => {
  const said: Routing = {
    strategy: "ring_all",
    first_levels: 1,
    wants: { billing: 3 },
    near: true,
    relax: [
      { after_ms: 30_000, what: "lower", skill: "billing", level: 1, at_once_if_nobody: true },
      { after_ms: 60_000, what: "up_to", level: 2, at_once_if_nobody: false },
      { after_ms: 90_000, what: "drop_all", at_once_if_nobody: false },
    ],
    overflow: [
      { when: "waited", after_ms: 120_000, queue: "q" },
      { when: "length", length: 5, queue: null },
      { when: "no_agents", queue: null },
    ],
  };

  it("is the same after the form", () => {
    expect(routingWish(routingOf(said))).toEqual(said);
  });

  it("lets nobody wait for their region for ever", () => {
    expect([undefined, [], [{ what: "drop" as const, skill: "billing" }], [{ what: "lower" as const, skill: "region", level: 1 }]].map(endsRegion)).toEqual([false, false, false, false]);
    expect([[{ what: "drop" as const, skill: "region" }], [{ what: "drop_all" as const }]].map(endsRegion)).toEqual([true, true]);
  });

  it("keeps of a rule only what belongs to its kind", () => {
    const wish = routingOf(said);
    const relax = [{ after_s: 1, what: "drop_all" as const, skill: "billing", level: 3, at_once_if_nobody: false }];
    const overflow = [{ when: "no_agents" as const, after_s: 9, length: 4, queue: "" }];
    const sent = routingWish({ ...wish, relax, overflow });
    expect(sent.relax).toEqual([{ after_ms: 1_000, what: "drop_all", at_once_if_nobody: false }]);
    expect(sent.overflow).toEqual([{ when: "no_agents", queue: null }]);
  });
});
