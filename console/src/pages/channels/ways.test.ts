import { describe, expect, it } from "vitest";
import type { Inbox, Trunk } from "../settings/data";
import { inOrder, ofInbox, ofTrunk, type InboxState, type TextInbox } from "./ways";

const line = { id: "1", name: "Main", channel: "phone", numbers: ["1000"], flow: "f", active: true, version: 1 } as Inbox;
const program = { ...line, id: "2", name: "Orders", channel: "api", numbers: [], flow: null } as Inbox;
const text = { id: "2", channel: "api", name: "Orders", webhook: "https://x.example/h" } as TextInbox;
const state: InboxState = { inbox: "2", heard_at: 5, conversations: 1, pending: 2, failed: 0, last_failure: null };
const trunk = { id: "3", name: "Operator", networks: ["192.0.2.0/24"], settings: {}, health: "up", registered: true, calls: 0 } as unknown as Trunk;

describe("a way in", () => {
  it("says what keeps contacts out before what works", () => {
    expect(ofInbox(line, undefined, undefined).faring).toBe("quiet");
    expect(ofInbox(line, undefined, { ...state, inbox: "1" }).faring).toBe("works");
    expect(ofInbox({ ...line, numbers: [] }, undefined, undefined).faring).toBe("noNumber");
    expect(ofInbox({ ...line, flow: null }, undefined, undefined).faring).toBe("noFlow");
    expect(ofInbox({ ...line, active: false, numbers: [] }, undefined, undefined).faring).toBe("off");
    expect(ofInbox({ ...line, closed: { until: 9, prompt: "x", action: "hangup" } }, undefined, undefined).faring).toBe("closed");
    expect(ofInbox(program, { ...text, webhook: null }, state).faring).toBe("noWebhook");
  });

  it("says in words what failed last", () => {
    const failing = ofInbox(program, text, { ...state, failed: 3, last_failure: { at: 7, reason: "they answered 503" } });
    expect([failing.faring, failing.fault, failing.pending, failing.address]).toEqual(["failing", { at: 7, words: "they answered 503" }, 2, "https://x.example/h"]);
    const lost = ofTrunk({ ...trunk, registered: false, last_failure: { at: 8, what: "timed_out", status: 408 } } as Trunk);
    expect([lost.faring, lost.fault?.words, lost.address]).toEqual(["notRegistered", "timed out 408", "192.0.2.0/24"]);
  });

  it("stands the higher the worse it fares", () => {
    const ways = [ofTrunk(trunk), ofInbox(line, undefined, undefined), ofTrunk({ ...trunk, id: "4", health: "down" } as Trunk), ofInbox({ ...line, id: "5", flow: null }, undefined, undefined)];
    expect(inOrder(ways).map((way) => way.faring)).toEqual(["down", "noFlow", "quiet", "up"]);
  });
});
