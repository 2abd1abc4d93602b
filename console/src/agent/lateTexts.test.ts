import { expect, it } from "vitest";
import { lateTexts, type InHand, type Known } from "./lateTexts";

const NONE: Known = new Set();
const text = (conversation: string, since: number | null): InHand => ({ conversation, waiting_since: since, late_at: since === null ? null : since + 120 });

it("tells once of each who waits too long, whatever is read again [S10.14]", () => {
  const all = [text("a", 1_000), text("b", 1_050), text("answered", null)];
  const before = lateTexts(NONE, all, 1_119);
  expect(before).toEqual({ known: new Set(), news: 0, next: 1_120 });
  const first = lateTexts(before.known, all, 1_120);
  expect([first.news, first.next]).toEqual([1, 1_170]);
  expect(lateTexts(first.known, [...all].reverse(), 1_121).news).toBe(0);
  // After a gap in which the page slept, both at once.
  const slept = lateTexts(NONE, all, 9_000);
  expect([slept.news, slept.next]).toEqual([2, null]);
});

it("tells again of who was answered and waits again", () => {
  const first = lateTexts(NONE, [text("a", 1_000)], 2_000);
  const answered = lateTexts(first.known, [text("a", null)], 2_001);
  expect(answered).toEqual({ known: new Set(), news: 0, next: null });
  expect(lateTexts(answered.known, [text("a", 3_000)], 3_200).news).toBe(1);
  // Also where nobody looked in between.
  expect(lateTexts(first.known, [text("a", 3_000)], 3_200).news).toBe(1);
});

it("says nothing of what nobody has in hand", () => {
  expect(lateTexts(NONE, [{ conversation: "a", waiting_since: 1, late_at: null }, { conversation: "b" }], 9_000)).toEqual({ known: new Set(), news: 0, next: null });
});
