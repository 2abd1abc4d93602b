import { expect, it } from "vitest";
import { findSaid, wordsOf } from "./data";
import { words } from "./words";

it("takes a pasted list apart, each word once [S9.19]", () => {
  expect(wordsOf(" 刷单\n返利，刷单\n\nbest casino ; x ")).toEqual(["刷单", "返利", "best casino", "x"]);
  expect(wordsOf(undefined)).toEqual([]);
});

it("says what was found, and what was too much [S9.19]", () => {
  expect(findSaid(words.en, { kind: "word", what: "刷单" })).toBe("“刷单”");
  expect(findSaid(words.zh, { kind: "links", what: null })).toBe("链接数");
  expect(findSaid(words.en, { kind: "something_new" })).toBe("something_new");
});
