import { describe, expect, it } from "vitest";
import { marked } from "./marked";

describe("marked", () => {
  it("splits a line at its hits", () => {
    expect(marked("I want a refund now", [[9, 15]])).toEqual([
      { text: "I want a ", hit: false },
      { text: "refund", hit: true },
      { text: " now", hit: false },
    ]);
  });

  it("counts characters, not UTF-16 units", () => {
    expect(marked("😀退款吧", [[1, 3]])).toEqual([
      { text: "😀", hit: false },
      { text: "退款", hit: true },
      { text: "吧", hit: false },
    ]);
  });

  it("joins hits that overlap and forgives those outside", () => {
    expect(marked("abcd", [[0, 2], [1, 3], [9, 12], [-4, 0]])).toEqual([
      { text: "abc", hit: true },
      { text: "d", hit: false },
    ]);
    expect(marked("", [[0, 1]])).toEqual([]);
  });
});
