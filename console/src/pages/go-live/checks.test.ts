import { expect, it } from "vitest";
import { inOrder, red, type Check } from "./checks";
import { NAMES, words } from "./words";

const check = (id: string, state: string): Check => ({ id, state, seen: "seen", advice: state === "green" ? "" : "advice" });

it("shows what hinders first, and keeps the order within a colour", () => {
  const all = [check("a", "green"), check("b", "red"), check("c", "amber"), check("d", "red")];
  expect(inOrder(all).map((one) => one.id)).toEqual(["b", "d", "c", "a"]);
  expect(red(all).map((one) => one.id)).toEqual(["b", "d"]);
});

it("has words for every check in both languages, and the server's own for one it does not know", () => {
  for (const id of NAMES) {
    for (const t of [words.en, words.zh]) {
      expect(t.name(id), id).not.toBe(id);
      expect(t.what(id, "the server's"), id).not.toBe("the server's");
    }
  }
  expect(words.zh.name("moon_phase")).toBe("moon_phase");
  expect(words.zh.what("moon_phase", "look up")).toBe("look up");
});
