import { describe, expect, it } from "vitest";
import { inOrder, lineAt } from "./lines";

const lines = [{ start_ms: 1_000 }, { start_ms: 4_000 }, { start_ms: 4_000 }, { start_ms: 9_500 }];

describe("lineAt", () => {
  it.each([
    [0, -1],
    [999, -1],
    [1_000, 0],
    [3_999, 0],
    [4_000, 2],
    [9_500, 3],
    [99_999, 3],
  ])("at %i ms it is line %i", (ms, line) => expect(lineAt(lines, ms)).toBe(line));

  it("knows no line where there is none", () => expect(lineAt([], 5)).toBe(-1));
});

describe("inOrder", () => {
  it("sorts by the moment and leaves out what has none", () => {
    const said = [{ start_ms: 9, id: "b" }, { start_ms: null, id: "x" }, { start_ms: 2, id: "a" }];
    expect(inOrder(said).map((line) => line.id)).toEqual(["a", "b"]);
  });
});
