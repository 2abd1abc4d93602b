import { expect, it } from "vitest";
import { asked } from "./survey";

const frame = { t: "survey", conversation: "c", until: 1, aspects: ["effect", "price", "speed"], words: true, question: { en: "Good?", zh: 7 }, given: null };

it("asks what it knows, in its own order, and nothing else [S11.11, S11.12]", () => {
  expect(asked(frame)).toEqual({ conversation: "c", aspects: ["speed", "effect"], words: true, question: { en: "Good?" }, given: null });
  expect(asked({ ...frame, t: "seen" })).toBeNull();
  expect(asked({ t: "survey" })).toBeNull();
  expect(asked({ t: "survey", conversation: "c" })).toEqual({ conversation: "c", aspects: [], words: false, question: {}, given: null });
});

it("shows what was answered before [S11.13]", () => {
  const given = { stars: 4, aspects: { speed: 5, price: 1, effect: 9 }, words: null };
  expect(asked({ ...frame, given })?.given).toEqual({ stars: 4, aspects: { speed: 5 }, words: "" });
  expect(asked({ ...frame, given: { stars: 6 } })?.given).toBeNull();
});
