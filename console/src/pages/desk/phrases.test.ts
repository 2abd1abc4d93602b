import { expect, test } from "vitest";
import { openGaps, phraseAsked, withPhrase } from "./phrases";

test("a stroke at the beginning of a word asks for a phrase [S2.5]", () => {
  expect(phraseAsked("/", 1)).toEqual({ from: 0, typed: "" });
  expect(phraseAsked("Hi /ref", 7)).toEqual({ from: 3, typed: "ref" });
  expect(phraseAsked("Hi\n/退款", 6)).toEqual({ from: 3, typed: "退款" });
  expect(phraseAsked("Hi /ref more", 7)).toEqual({ from: 3, typed: "ref" });
  for (const [text, caret] of [["and/or", 6], ["http://x", 8], ["/ref ", 5], ["no", 2], ["/ref", 0], [`/${"x".repeat(41)}`, 42]] as const) {
    expect(phraseAsked(text, caret), text).toBeNull();
  }
});

test("the phrase stands in the place of what asked for it [S2.5]", () => {
  const text = "Hi /ref more";
  const asked = phraseAsked(text, 7);
  expect(asked && withPhrase(text, asked, "It is on its way.")).toEqual({ text: "Hi It is on its way. more", caret: 20 });
});

test("what is missing is told once, and braces of others are text", () => {
  expect(openGaps("Hi {{contact.name}}, {{contact.name}}: {{ticket.number}} {{other}} {x}")).toEqual(["{{contact.name}}", "{{ticket.number}}"]);
  expect(openGaps("Hi Mei")).toEqual([]);
});
