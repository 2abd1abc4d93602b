import { expect, it } from "vitest";
import { callEvents, happening, happeningText } from "./callEvents";

const names = { agent: (id: string | null) => (id === "a" ? "Anna" : null), queue: (id: string | null) => (id === "q" ? "support" : null) };
const said = (text: string, more: Record<string, unknown> = {}) => {
  const line = happening(JSON.stringify({ kind: "call_event", speaker: "system", text, agent: null, queue: null, detail: null, ...more }));
  return line && happeningText(line, callEvents.en, names);
};

it("tells what happened", () => {
  expect(said("call.queued", { queue: "q" })).toBe("Waits in support");
  expect(said("call.agent_joined", { agent: "a" })).toBe("Anna talks with them");
  expect(said("call.agent_joined", { agent: "b" })).toBe("The agent talks with them");
  expect(said("call.ended", { detail: "normal" })).toBe("The call ended");
  expect(said("call.ended", { detail: "media_timeout" })).toBe("The call ended (media_timeout)");
  expect(said("text.agent_joined", { agent: "a" })).toBe("Anna answers");
  expect(said("text.closed", { detail: "silence" })).toBe("Closed: nobody wrote any more");
  expect(said("call.rated", { detail: "4" })).toBe("Rated with 4 of 5 stars");
  expect(said("survey.rated", { detail: "1" })).toBe("Rated with 1 of 5 stars");
  expect(said("survey.invited")).toBe("Asked how satisfied they are");
  expect(said("message_recalled")).toBe("A message was taken back");
  const ruled = { rule: "VIP first", because: [{ fact: "tier", found: "vip" }, { fact: "hours", of: "Office", found: "open", not: true }], done: [{ what: "queue", name: "VIP" }, { what: "callback", name: "60", failed: "no_number" }] };
  expect(said("text.ruled", { detail: "VIP first", ruled })).toBe("By rule “VIP first”: waits in VIP, callback in minutes: 60 (not done: no number); because tier vip, opening hours Office not open");
  expect(said("text.ruled", { detail: "all", ruled: { because: [], done: [] } })).toContain("because always");
  expect(said("text.marked", { detail: "Fraud" })).toBe("Marked by the filter “Fraud”");
  expect(said("call.something_new")).toBe("something new");
});

it.each(["hello", "{", "7", "null", '{"a":1}'])("takes what was said for what was said: %s", (text) => expect(happening(text)).toBeNull());
