import { expect, it } from "vitest";
import type { Shown } from "../../api";
import { mannersBody, mannersOf } from "./Manners";

const kept = { answer_within: 30, late_after: 90, late: "Sorry", remind_after: 10, reminder: "Still there?", close_after: 604_800, farewell: "Bye", survey: { aspects: ["speed"], words: false, question: { en: "Good?" }, address: null } };

it("shows minutes and keeps seconds, whatever they are [S13.6]", () => {
  expect(mannersBody(mannersOf(kept as unknown as Shown["TextInboxReply"]), true)).toEqual(kept);
  expect(mannersBody(mannersOf(null), true)).toEqual({ answer_within: null, late_after: null, late: null, remind_after: null, reminder: null, close_after: null, farewell: null, survey: null });
});

it("asks by a link only where there is no page of our own [S11.11]", () => {
  const wish = { asks: true, address: " https://service.example ", question_en: " ", aspects: [], remarks: true };
  expect(mannersBody(wish, false).survey).toEqual({ aspects: [], words: true, question: {}, address: "https://service.example" });
  expect(mannersBody(wish, true).survey?.address).toBeNull();
});
