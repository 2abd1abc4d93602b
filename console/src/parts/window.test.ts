import { describe, expect, it } from "vitest";
import { part } from "./window";

const total = (count: number, heights: number[], guess: number) => Array.from({ length: count }, (_, n) => heights[n] ?? guess).reduce((sum, one) => sum + one, 0);

describe("the part of a list that is drawn", () => {
  it("is what can be seen, and some around it", () => {
    expect(part(10_000, [], 30, 0, 600, 300)).toEqual({ from: 0, to: 30, above: 0, below: 9_970 * 30 });
    expect(part(10_000, [], 30, 3_000, 600, 300)).toEqual({ from: 89, to: 130, above: 2_670, below: 9_870 * 30 });
  });
  it("goes by the heights that are known", () => {
    expect(part(5, [100, 10, 10, 100, 10], 30, 110, 15, 0)).toEqual({ from: 1, to: 4, above: 100, below: 10 });
  });
  it("ends where the list ends, also when it became shorter", () => {
    expect(part(3, [], 30, 9_999, 600, 300)).toEqual({ from: 3, to: 3, above: 90, below: 0 });
    expect(part(0, [], 30, 0, 600, 300)).toEqual({ from: 0, to: 0, above: 0, below: 0 });
  });
  it("never changes how high the whole is, and always covers what can be seen", () => {
    const heights = Array.from({ length: 300 }, (_, n) => 20 + ((n * 37) % 90));
    const all = total(500, heights, 40);
    for (let top = 0; top < all - 400; top += 333) {
      const { from, to, above, below } = part(500, heights, 40, top, 400, 100);
      const drawn = Array.from({ length: to - from }, (_, n) => heights[from + n] ?? 40).reduce((sum, one) => sum + one, 0);
      expect(above + drawn + below).toBe(all);
      expect(above).toBeLessThanOrEqual(top);
      expect(above + drawn).toBeGreaterThanOrEqual(Math.min(all, top + 400));
      expect(drawn).toBeLessThan(400 + 2 * 100 + 2 * 110);
    }
  });
});
