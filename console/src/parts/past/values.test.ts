import { expect, it } from "vitest";
import { place, said, withSpans } from "./values";

const names = new Map([["0193", "Anna"]]);
const words = { yes: "yes", no: "no", nothing: "nothing", names, choices: { "mode/push": "offered" }, moment: (at: number) => `at ${at}` };

it("says values as people do", () => {
  expect(said("active", true, words)).toBe("yes");
  expect(said("flow", "0193", words)).toBe("Anna");
  expect(said("numbers", [], words)).toBe("nothing");
  expect(said("numbers", ["1000", "0193"], words)).toBe("1000, Anna");
  expect(said("until", 5, words)).toBe("at 5");
  expect(said("settings/mode", "push", words)).toBe("offered");
  expect(said("settings/mode", "other", words)).toBe("other");
  expect(said("name", "push", words)).toBe("push");
  expect(said("channels", 5, words)).toBe("5");
  expect(said("tree", [{ key: "a" }], words)).toBe('[{"key":"a"}]');
  expect(said("text", "x".repeat(400), words)).toHaveLength(161);
});

it("names the place of a change", () => {
  const fields = { members: "Member", settings: "" };
  expect(place("members/0193", fields, names)).toBe("Member · Anna");
  expect(place("settings/wrap_up_s", fields, names)).toBe("wrap up s");
});

it("reads a span of time as one", () => {
  const kept = [
    { path: "settings/ring_for/nanos", before: null, after: 0 },
    { path: "settings/ring_for/secs", before: null, after: 20 },
    { path: "name", before: "a", after: "b" },
  ];
  expect(withSpans(kept)).toEqual([{ path: "settings/ring_for", before: null, after: "20 s" }, kept[2]]);
});
