import { describe, expect, it } from "vitest";
import { dark, light, type Palette } from "./tokens";

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (hi + 0.05) / (lo + 0.05);
}

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
