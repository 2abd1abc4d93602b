import { expect, it } from "vitest";
import { touched } from "./touched";

const happened = (type: string, data: Record<string, unknown>) => ({ type, seq: 1, at: 1, data });

it("knows what is out of date", () => {
  expect(touched(happened("queue_changed", { queue: "q" }))).toContainEqual(["queue", "q"]);
  expect(touched(happened("presence_changed", { agent: "a" }))).toContainEqual(["agents"]);
  expect(touched(happened("transfer_ended", { conversation: "c" }))).toEqual([["conversations"], ["conversation", "c"]]);
  expect(touched(happened("message_created", { conversation: "c" }))).toContainEqual(["offers"]);
  expect(touched(happened("caption", { conversation: "c" }))).toEqual([]);
  expect(touched(happened("staff_line_said", { room: "r" }))).toEqual([["staff_rooms"], ["staff_room", "r"]]);
  expect(touched(happened("suggestion_made", { about: "c" }))).toEqual([["conversation", "c", "suggestions"]]);
  expect(touched(happened("mentor_detached", { agent: "a" }))).toEqual([["mentors"], ["mentoring"]]);
  expect(touched(happened("something_new", {}))).toEqual([]);
});
