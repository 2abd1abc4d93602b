import { describe, expect, it } from "vitest";
import { placed } from "./place";

const window = { width: 1000, height: 600 };
const card = { width: 300, height: 160 };

describe("where a step stands", () => {
  it("is below its control, and above where that is low", () => {
    expect(placed({ left: 400, top: 100, width: 100, height: 40 }, card, window)).toEqual({ left: 300, top: 152 });
    expect(placed({ left: 400, top: 540, width: 100, height: 40 }, card, window)).toEqual({ left: 300, top: 368 });
  });
  it("is beside what is as high as the window", () => {
    expect(placed({ left: 10, top: 5, width: 200, height: 590 }, card, window)).toEqual({ left: 222, top: 10 });
    expect(placed({ left: 700, top: 5, width: 290, height: 590 }, card, window)).toEqual({ left: 388, top: 10 });
  });
  it("stays inside of a telephone's window, and stands in the middle without a control", () => {
    const small = { width: 390, height: 800 };
    const at = placed({ left: 350, top: 8, width: 36, height: 36 }, { width: 366, height: 180 }, small);
    expect(at).toEqual({ left: 14, top: 56 });
    expect(placed(null, card, window)).toEqual({ left: 350, top: 220 });
  });
});
