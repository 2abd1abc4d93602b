import { expect, it } from "vitest";
import { inOrder } from "./listed";

const one = (id: string, ended: number | null) => ({ id, calls: [{ ended_at: ended }] }) as unknown as Parameters<typeof inOrder>[0][number];
const said = (rows: ReturnType<typeof inOrder>) => rows.map((row) => (row.is === "title" ? row.title : row.one.id));

it("puts what runs first, each once", () => {
  expect(said(inOrder([one("c", 3), one("b", null), one("a", 1), one("a", 1)], "Now", "Earlier"))).toEqual(["Now", "b", "Earlier", "c", "a"]);
  expect(said(inOrder([one("a", 1)], "Now", "Earlier"))).toEqual(["Earlier", "a"]);
  expect(inOrder([], "Now", "Earlier")).toEqual([]);
});
