import { describe, expect, it } from "vitest";
import { past, silences } from "./silence";

const quiet = [-1, 2];
const loud = [-40, 38];
const fill = (count: number, peak: number[]) => Array.from({ length: count }, () => peak);

describe("silences", () => {
  it("finds where both sides are quiet for long", () => {
    const left = [...fill(20, loud), ...fill(40, quiet), ...fill(40, quiet)];
    const right = [...fill(60, quiet), ...fill(40, loud)];
    // 100 spans of 100 ms; both are quiet from 2 s to 6 s.
    expect(silences({ left, right }, 10_000)).toEqual([[2_300, 5_700]]);
  });

  it("leaves pauses alone that belong to talking", () => {
    const left = [...fill(10, loud), ...fill(10, quiet), ...fill(10, loud)];
    expect(silences({ left, right: fill(30, quiet) }, 3_000)).toEqual([]);
  });

  it("sees the silence at the end, and none in nothing", () => {
    expect(silences({ left: [...fill(1, loud), ...fill(9, quiet)], right: [] }, 10_000)).toEqual([[1_300, 9_700]]);
    expect(silences({ left: [], right: [] }, 10_000)).toEqual([]);
  });
});

describe("past", () => {
  it("leads out of a silence and nowhere else", () => {
    expect(past([[2_300, 5_700]], 2_300)).toBe(5_700);
    expect(past([[2_300, 5_700]], 5_699)).toBe(5_700);
    expect(past([[2_300, 5_700]], 5_700)).toBeNull();
    expect(past([], 1)).toBeNull();
  });
});
