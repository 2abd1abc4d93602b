import { describe, expect, it } from "vitest";
import { changed, present } from "./devices";
import { FIRST, readSettings } from "./settings";

const headset = { id: "1", label: "Jabra Evolve" };
const again = { id: "7", label: "Jabra Evolve" };
const laptop = { id: "2", label: "Built-in" };

describe("a device", () => {
  it("is found by its id, or by its name when it was plugged in again", () => {
    expect(present(headset, [laptop, headset])).toBe(headset);
    expect(present(headset, [laptop, again])).toBe(again);
    expect(present(headset, [laptop])).toBeNull();
    expect(present(null, [laptop])).toBeNull();
    expect(present({ id: "9", label: "" }, [{ id: "8", label: "" }])).toBeNull();
  });
  it("is missed and welcomed", () => {
    expect(changed(headset, [headset, laptop], [laptop])).toBe("gone");
    expect(changed(headset, [laptop], [laptop, again])).toBe("back");
    expect(changed(headset, [headset], [again])).toBeNull();
    expect(changed(null, [headset], [])).toBeNull();
  });
});

describe("settings", () => {
  it.each([null, "", "{", "7", "null"])("that cannot be read are the first ones: %s", (text) => expect(readSettings(text)).toEqual(FIRST));
  it("are taken one by one", () => {
    const text = JSON.stringify({ microphone: headset, speaker: { id: 1 }, autoAnswer: true, echoCancellation: "no", loudness: 7 });
    expect(readSettings(text)).toEqual({ ...FIRST, microphone: headset, autoAnswer: true, loudness: 1 });
  });
});
