import { describe, expect, it } from "vitest";
import { chordOf, FIXED, meant, movedOf, remapped, withMoved, type Pressed } from "./shortcuts";

const press = (key: string, code: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  code,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  repeat: false,
  ...more,
});
const alt = (letter: string, more: Partial<Pressed> = {}) => press(letter.toLowerCase(), `Key${letter}`, { altKey: true, ...more });

describe("shortcuts", () => {
  it("mean what they say", () => {
    expect(meant(alt("A"), FIXED, false)).toBe("answer");
    expect(meant(alt("M"), FIXED, true)).toBe("mute");
    expect(meant(press("?", "Slash", { shiftKey: true }), FIXED, false)).toBe("help");
    expect(meant(press("a", "KeyA"), FIXED, false)).toBeNull();
  });
  it("go by the place of the key: Alt makes other letters on some keyboards", () => {
    expect(meant(alt("M", { key: "µ" }), FIXED, false)).toBe("mute");
  });
  it("are off while an input method composes", () => {
    expect(meant(alt("A", { isComposing: true }), FIXED, true)).toBeNull();
    expect(meant(alt("A", { key: "Process" }), FIXED, true)).toBeNull();
    expect(meant(alt("A", { keyCode: 229 }), FIXED, true)).toBeNull();
  });
  it("without a modifier are off where somebody types", () => {
    expect(meant(press("?", "Slash", { shiftKey: true }), FIXED, true)).toBeNull();
  });
  it("do nothing twice when a key is held down", () => {
    expect(meant(alt("H", { repeat: true }), FIXED, false)).toBeNull();
  });
  it("are not a modifier alone", () => expect(chordOf(press("Alt", "AltLeft", { altKey: true }))).toBeNull());
  it("can be changed, and never stand for two things", () => {
    const own = remapped(FIXED, "mute", "Alt+A");
    expect(own.mute).toBe("Alt+A");
    expect(own.answer).toBe(FIXED.mute);
    expect(meant(alt("A"), own, false)).toBe("mute");
  });
  it("are kept as far as they were moved, and what this version does not know is nothing to it", () => {
    expect(withMoved({})).toEqual(FIXED);
    expect(movedOf(FIXED)).toEqual({});
    const own = remapped(FIXED, "hold", "Ctrl+H");
    expect(movedOf(own)).toEqual({ hold: "Ctrl+H" });
    expect(withMoved({ ...movedOf(own), teleport: "Alt+Q" })).toEqual(own);
  });
});
