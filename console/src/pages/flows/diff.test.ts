import { expect, it } from "vitest";
import { compare, shortened, type Line } from "./diff";

const told = (lines: Line[]) => lines.map((line) => `${{ same: " ", gone: "-", new: "+" }[line.is]}${line.text}`).join("|");
/** What one side of a comparison read. */
const side = (lines: Line[], not: Line["is"]) => lines.filter((line) => line.is !== not).map((line) => line.text).join("\n");

it("keeps what is common and names what is not", () => {
  expect(told(compare("a\nb\nc", "a\nb\nc"))).toBe(" a| b| c");
  expect(told(compare("a\nb\nc", "a\nx\nc"))).toBe(" a|-b|+x| c");
  expect(told(compare("a\nc", "a\nb\nc\nd"))).toBe(" a|+b| c|+d");
  expect(told(compare("x\na\nb", "a\nb"))).toBe("-x| a| b");
  expect(told(compare("a\nb\nc\nd", "b\nd\na"))).toBe("-a| b|-c| d|+a");
});

it("reads as the older one without what is new, and as the newer one without what is gone", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  for (let n = 0; n < 200; n += 1) {
    const text = () => Array.from({ length: random(12) }, () => "abcd"[random(4)]).join("\n");
    const [older, newer] = [text(), text()];
    const lines = compare(older, newer);
    expect(side(lines, "new")).toBe(older);
    expect(side(lines, "gone")).toBe(newer);
  }
});

it("leaves out what is alike far from any change", () => {
  const older = Array.from({ length: 20 }, (_, n) => `line ${n}`);
  const newer = older.with(10, "other");
  const rows = shortened(compare(older.join("\n"), newer.join("\n")), 2);
  expect(rows.map((row) => (row.is === "skipped" ? row.count : row.text))).toEqual([8, "line 8", "line 9", "line 10", "other", "line 11", "line 12", 7]);
  expect(shortened(compare("a\nb", "a\nb"))).toEqual([{ is: "skipped", count: 2 }]);
});

it("does not hold the page up over very different texts", () => {
  const text = (word: string) => Array.from({ length: 5_000 }, (_, n) => `${word} ${n}`).join("\n");
  expect(compare(text("a"), text("b"))).toHaveLength(10_000);
});
