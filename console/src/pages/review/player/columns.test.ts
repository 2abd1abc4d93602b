import { expect, it } from "vitest";
import { columns } from "./columns";

it("takes the loudest of each column", () => {
  const peaks = [[-1, 1], [-128, 3], [0, 32], [0, 0]];
  expect(columns(peaks, 2)).toEqual([1, 0.5]);
  expect(columns(peaks, 4).map((n) => Math.round(n * 100))).toEqual([9, 100, 50, 0]);
});

it("stretches what is short and draws nothing of nothing", () => {
  expect(columns([[0, 128]], 3)).toEqual([1, 1, 1]);
  expect(columns([], 5)).toEqual([]);
  expect(columns([[0, 128]], 0)).toEqual([]);
});
