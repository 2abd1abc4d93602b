import { expect, it } from "vitest";
import { inOrder, red, type Check } from "./checks";
import codes from "./seen.json";
import { NAMES, words } from "./words";

const check = (id: string, state: string): Check => ({ id, state, seen: "seen", seen_code: "seen", seen_values: {}, advice: state === "green" ? "" : "advice" });

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

it("makes a sentence of everything the server can see, in both languages, with every value in it", () => {
  for (const [code, names] of Object.entries(codes)) {
    // Figures stay figures; text is seen as it is.
    const values = Object.fromEntries(names.map((name, at) => [name, name === "ago" ? "7200" : String(900 + at)]));
    for (const [language, t] of [["en", words.en], ["zh", words.zh]] as const) {
      const sentence = t.seen(code, values, "the server's");
      expect(sentence, `${code} ${language}`).not.toBe("the server's");
      for (const [name, value] of Object.entries(values)) expect(sentence, `${code} ${language}`).toContain(name === "ago" ? "2" : value);
      if (language === "zh" && names.join() !== "engines") expect(sentence, code).toMatch(/\p{Script=Han}/u);
    }
  }
  expect(words.zh.seen("moon_phase", {}, "the moon is full")).toBe("the moon is full");
  expect(words.en.seen("both_ways", { ago: "3600" }, "")).toBe("Heard and sent in a call 1 hour ago.");
});
