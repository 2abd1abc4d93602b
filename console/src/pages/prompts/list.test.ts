import { expect, it } from "vitest";
import type { Prompt } from "./data";
import { count, isId, script, shown } from "./list";

const prompt = (id: string, en: string, zh: string, more: Partial<Prompt> = {}): Prompt => ({
  id,
  of_house: true,
  variables: false,
  used_by: [],
  languages: [
    { language: "en", text: `say ${id}`, state: en, take: null },
    { language: "zh-CN", text: null, state: zh, take: null },
  ],
  ...more,
});
const ALL = [
  prompt("goodbye", "spoken", "recorded"),
  prompt("queue.position", "spoken", "spoken", { variables: true }),
  prompt("sales.spring", "missing", "recorded", { of_house: false, used_by: ["Spring hotline"] }),
];
const ids = (found: Prompt[]) => found.map((one) => one.id);

it("shows gaps first, and what is looked for", () => {
  expect(ids(shown(ALL, "all", ""))).toEqual(["sales.spring", "goodbye", "queue.position"]);
  expect(ids(shown(ALL, "gaps", ""))).toEqual(["sales.spring"]);
  expect(ids(shown(ALL, "machine", ""))).toEqual(["goodbye"]);
  expect(ids(shown(ALL, "own", ""))).toEqual(["sales.spring"]);
  expect(ids(shown(ALL, "all", " SPRING hot"))).toEqual(["sales.spring"]);
  expect(ids(shown(ALL, "all", "say good"))).toEqual(["goodbye"]);
});

it("counts what a language has", () => {
  expect(count(ALL, "en")).toEqual({ recorded: 0, spoken: 2, missing: 1 });
  expect(count(ALL, "zh-CN")).toEqual({ recorded: 2, spoken: 1, missing: 0 });
});

it("writes the list for a recording session", () => {
  expect(script(ALL, "en")).toBe("goodbye\tsay goodbye\nsales.spring\tsay sales.spring\n");
  expect(script(ALL, "zh-CN")).toBe("");
});

it("takes the ids that the server takes", () => {
  for (const good of ["goodbye", "queue.wait", "digit.0", "a_b.c", "9.lives"]) expect(isId(good), good).toBe(true);
  for (const bad of ["", ".", "a..b", ".a", "a.", "_a", "a/b", "A", "a b", "ä", "a".repeat(65)]) expect(isId(bad), bad).toBe(false);
});
