import { describe, expect, it } from "vitest";
import { callState, type Fact } from "./callState";

const ME = "anna";
const fact = (n: number, kind: string, detail: Record<string, unknown> = {}): Fact => ({ call: "c", n, at: n * 1000, kind, detail });

const TALK: Fact[] = [
  fact(1, "started", { from: "0151•••78", to: "1001" }),
  fact(2, "answered"),
  fact(3, "queued", { work_item: "w", queue: "support" }),
  fact(9, "left_queue", { work_item: "w", outcome: "served" }),
  fact(10, "agent_joined", { agent: ME, queue: "support" }),
];
const seen = (...more: Fact[]) => callState([...TALK, ...more], ME);

describe("a call", () => {
  it("is nothing without facts", () => expect(callState([], ME)).toBeNull());
  it("is told from its facts", () => {
    expect(seen()).toMatchObject({ number: "0151•••78", queue: "support", waited: 6_000, agents: [ME], joinedAt: 10_000, heldAt: null, ended: null });
  });
  it("is the same in whatever order, and however often, they came", () => {
    const facts = [...TALK, fact(11, "held", { agent: ME }), fact(12, "resumed", { agent: ME }), fact(13, "held", { agent: ME })];
    const known = callState(facts, ME);
    expect(known?.heldAt).toBe(13_000);
    expect(callState([...facts].reverse(), ME)).toEqual(known);
    expect(callState([...facts, ...facts.slice(3, 7)], ME)).toEqual(known);
  });
  it("knows who holds whom", () => {
    expect(seen(fact(11, "held"))).toMatchObject({ heldAt: null, isHeldByThem: true });
    expect(seen(fact(11, "held", { agent: "bernd" }))).toMatchObject({ heldAt: null, isHeldByThem: false });
    expect(seen(fact(11, "held", { agent: ME }), fact(12, "resumed", { agent: ME }))?.heldAt).toBeNull();
  });
  it("follows a consultation to its end", () => {
    const asked = [
      fact(11, "held", { agent: ME }),
      fact(12, "transferring", { transfer: "t", by: ME, mode: "consult", target: { kind: "agent", agent: "bernd" } }),
      fact(13, "agent_consulted", { offer: "o", agent: "bernd", queue: null, by: ME }),
    ];
    expect(seen(...asked)?.transfer).toMatchObject({ id: "t", mode: "consult", asked: "bernd" });
    expect(callState([...TALK, ...asked], "bernd")).toMatchObject({ askedBy: ME, transfer: null });
    expect(seen(...asked, fact(14, "transfer_ended", { transfer: "t", outcome: "returned" }))?.transfer).toBeNull();
    expect(seen(...asked, fact(14, "transfer_ended", { transfer: "another", outcome: "returned" }))?.transfer).not.toBeNull();
  });
  it("knows who is in it", () => {
    const state = seen(fact(11, "agent_joined", { agent: "bernd" }), fact(12, "agent_left", { agent: ME }));
    expect(state).toMatchObject({ agents: ["bernd"], joinedAt: null });
  });
  it("says who listens", () => {
    const whispered = [fact(11, "supervised", { supervisor: "s", of: ME, mode: "listen" }), fact(12, "supervised", { supervisor: "s", of: ME, mode: "whisper" })];
    expect(seen(...whispered)?.supervisors).toEqual([{ supervisor: "s", mode: "whisper" }]);
    expect(seen(...whispered, fact(13, "supervision_ended", { supervisor: "s", of: ME }))?.supervisors).toEqual([]);
  });
  it("is parked and retrieved", () => {
    expect(seen(fact(11, "parked", { agent: ME }))?.parkedAt).toBe(11_000);
    expect(seen(fact(11, "parked", { agent: ME }), fact(12, "retrieved", { agent: "bernd" }))?.parkedAt).toBeNull();
  });
  it("ends", () => {
    const over = seen(fact(11, "held", { agent: ME }), fact(12, "agent_left", { agent: ME }), fact(13, "ended", { cause: "normal", by: "caller" }));
    expect(over).toMatchObject({ agents: [], heldAt: null, ended: { by: "caller" } });
  });
});
