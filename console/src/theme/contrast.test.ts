import { describe, expect, it } from "vitest";
import { contrast } from "./ink";
import { dark, light, type Palette } from "./tokens";

const PAIRS: [keyof Palette, keyof Palette][] = [
  ["text", "ground"], ["text", "surface"], ["text", "quiet"], ["text", "chosen"],
  ["soft", "ground"], ["soft", "surface"], ["soft", "quiet"],
  ["link", "ground"], ["link", "surface"], ["link", "chosen"], ["link", "quiet"],
  ["onAccent", "accent"], ["onDanger", "danger"], ["onAnswer", "answer"],
  ["good", "surface"], ["good", "goodGround"], ["busy", "surface"], ["busy", "busyGround"],
  ["warn", "surface"], ["warn", "warnGround"], ["bad", "surface"], ["bad", "badGround"],
];

describe.each([["light", light], ["dark", dark]])("%s", (_, palette) => {
  it.each(PAIRS)("%s on %s can be read", (text, ground) => {
    expect(contrast(palette[text], palette[ground])).toBeGreaterThanOrEqual(4.5);
  });

  it("shows where the focus is", () => {
    expect(contrast(palette.focus, palette.surface)).toBeGreaterThanOrEqual(3);
  });
});
