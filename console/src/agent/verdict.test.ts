import { expect, it } from "vitest";
import { verdict } from "./verdict";

const fine = { loudest: 0.5, hasClipped: false, cameBack: true, quality: "good" } as const;

it.each([
  [fine, true, ["okMicrophone", "okBack", "okQuality"]],
  [{ ...fine, loudest: 0.05 }, true, ["quietMicrophone", "okBack", "okQuality"]],
  [{ ...fine, loudest: 0, cameBack: false }, false, ["deafMicrophone", "noBack"]],
  [{ ...fine, cameBack: false, quality: "poor" as const }, false, ["okMicrophone", "noBack"]],
  [{ ...fine, hasClipped: true }, true, ["clippedMicrophone", "okBack", "okQuality"]],
  [{ ...fine, quality: "fair" as const }, true, ["okMicrophone", "okBack", "fairQuality"]],
  [{ ...fine, quality: "poor" as const }, false, ["okMicrophone", "okBack", "poorQuality"]],
  [{ ...fine, quality: null }, true, ["okMicrophone", "okBack"]],
])("%o", (measured, isReady, words) => {
  const said = verdict(measured);
  expect(said.isReady).toBe(isReady);
  expect(said.lines.map((line) => line.word)).toEqual(words);
});
