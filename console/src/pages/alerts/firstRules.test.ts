import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { firstRules, ruleName } from "./firstRules";

/** What the server gives an account to begin with. */
const source = readFileSync(join(import.meta.dirname, "../../../../operations/src/alerts.rs"), "utf8");
const table = /const FIRST:[^=]*= &\[([\s\S]*?)\n\];/.exec(source)?.[1] ?? "";
const names = [...table.matchAll(/^\s*\("([^"]+)"/gm)].map(([, name = ""]) => name);

it("rules that a centre begins with have a name in the reader's language", () => {
  expect(names).toContain("Long wait");
  expect([...names].sort()).toEqual(Object.values(firstRules.en).sort());
  for (const name of names) {
    expect(ruleName(name, firstRules.en)).toBe(name);
    expect(ruleName(name, firstRules.zh)).toMatch(/^[\p{Script=Han}]+$/u);
  }
});

it("a rule that somebody named is called as they named it", () => {
  expect(ruleName("Long waits of the shop", firstRules.zh)).toBe("Long waits of the shop");
  expect(ruleName("等待过久", firstRules.en)).toBe("等待过久");
});
