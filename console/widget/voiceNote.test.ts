import { expect, it } from "vitest";
import { clock, kindOf } from "./voiceNote";

it("records as the browser can, in the kind that is written down best", () => {
  expect(kindOf(() => true)?.ending).toBe("webm");
  expect(kindOf((mime) => mime === "audio/mp4")?.ending).toBe("m4a");
  expect(kindOf(() => false)).toBeNull();
  expect(kindOf(null)).toBeNull();
});

it("counts minutes and seconds", () => {
  expect([0, 999, 61_000, 120_000].map(clock)).toEqual(["0:00", "0:00", "1:01", "2:00"]);
});
