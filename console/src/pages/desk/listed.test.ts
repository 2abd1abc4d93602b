import { expect, it } from "vitest";
import { inOrder } from "./listed";

const one = (id: string, ended: number | null) => ({ id, channel: "phone", calls: [{ ended_at: ended }] }) as unknown as Parameters<typeof inOrder>[0][number];
const text = (id: string, closed: number | null) => ({ id, channel: "api", closed_at: closed, calls: [] }) as unknown as Parameters<typeof inOrder>[0][number];
const said = (rows: ReturnType<typeof inOrder>) => rows.map((row) => (row.is === "title" ? row.title : row.one.id));

it("puts what runs first, each once", () => {
  expect(said(inOrder([one("c", 3), one("b", null), one("a", 1), one("a", 1)], "Now", "Earlier"))).toEqual(["Now", "b", "Earlier", "c", "a"]);
  expect(said(inOrder([one("a", 1)], "Now", "Earlier"))).toEqual(["Earlier", "a"]);
  expect(inOrder([], "Now", "Earlier")).toEqual([]);
});

it("counts a text as running until it is closed", () => {
  expect(said(inOrder([text("b", 7), text("a", null)], "Now", "Earlier"))).toEqual(["Now", "a", "Earlier", "b"]);
});
