import { describe, expect, it } from "vitest";
import { contrast, inkOn } from "./ink";

describe("ink", () => {
  it("can be read on every colour", () => {
    const steps = ["00", "33", "5a", "77", "80", "99", "cc", "ff"];
    for (const r of steps) for (const g of steps) for (const b of steps) {
      const ground = `#${r}${g}${b}`;
      expect(contrast(inkOn(ground), ground), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("knows the ends of the scale", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#d46b08", "#d46b08")).toBeCloseTo(1);
    expect([inkOn("#ffffff"), inkOn("#0e6667")]).toEqual(["#000000", "#ffffff"]);
  });
});
