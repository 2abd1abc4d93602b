import { expect, test } from "vitest";
import { inTree, moved, pathOf, type Category } from "./data";

const category = (id: string, parent: string | null, place: number): Category => ({ id, parent, place, name: id.toUpperCase(), queues: [], open: false });
const all = [category("a", null, 0), category("b", null, 0), category("c", "a", 0), category("d", "c", 0)];

test("categories stand below their parents [S2.6]", () => {
  expect(inTree(all).map(({ one, depth }) => `${depth}${one.id}`)).toEqual(["0a", "1c", "2d", "0b"]);
  expect(pathOf(all, "d")).toBe("A / C / D");
  expect(pathOf(all, null)).toBe("");
});

test("one is moved among its own, and only what changes is written [S2.6]", () => {
  expect(moved(all, "b", -1).map(({ one, place }) => [one.id, place])).toEqual([["a", 1]]);
  expect(moved(all, "b", 1)).toEqual([]);
  expect(moved(all, "c", 1)).toEqual([]);
});
