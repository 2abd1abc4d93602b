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
  expect(said("message_recalled")).toBe("A message was taken back");
  expect(said("call.something_new")).toBe("something new");
});

it.each(["hello", "{", "7", "null", '{"a":1}'])("takes what was said for what was said: %s", (text) => expect(happening(text)).toBeNull());
