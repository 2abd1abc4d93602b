import { describe, expect, it } from "vitest";
import { spans, typed } from "./spans";

describe("opening hours as they are typed", () => {
  it.each([
    ["", ""],
    ["09:00-18:00", "09:00-18:00"],
    [" 9:00 – 12:00，13：30～18:00 ", "09:00-12:00, 13:30-18:00"],
    ["00:00-24:00", "00:00-24:00"],
  ])("%s", (text, kept) => {
    const read = spans(text);
    expect(read).not.toBeNull();
    expect(typed(read ?? [])).toBe(kept);
  });
  it.each(["9", "09:00", "18:00-09:00", "09:00-25:00", "09:00-24:01", "09:00-12:00, 11:00-13:00", "09:00-12:00-13:00", "09:60-10:00"])("refuses %s", (text) => {
    expect(spans(text)).toBeNull();
  });
});
