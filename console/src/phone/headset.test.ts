import { describe, expect, it } from "vitest";
import { lamps, layout, press, USAGE, type Collection, type Deed, type Line, type Pressed } from "./headset";

/** As a common USB headset describes itself: hook and mute in report 8, lamps spread over report 9 behind padding. */
const HEADSET: Collection[] = [
  { usagePage: 0x0c, inputReports: [{ reportId: 1, items: [{ usages: [0x0c_00e9, 0x0c_00ea], reportSize: 1, reportCount: 2, isAbsolute: true }] }] },
  {
    usagePage: 0x0b,
    inputReports: [
      {
        reportId: 8,
        items: [
          { usages: [USAGE.hook], reportSize: 1, reportCount: 1, isAbsolute: true },
          { usages: [], reportSize: 1, reportCount: 7 },
          { usages: [USAGE.mute, USAGE.drop], reportSize: 1, reportCount: 2, isAbsolute: false },
        ],
      },
    ],
    outputReports: [
      {
        reportId: 9,
        items: [
          { usages: [], reportSize: 1, reportCount: 6 },
          { usages: [USAGE.lampMute, USAGE.lampOffHook, USAGE.lampRing], reportSize: 1, reportCount: 3 },
        ],
      },
    ],
  },
];
const AT = layout(HEADSET);
const IDLE: Line = { stage: "idle", isMuted: false };
const RINGING: Line = { stage: "ringing", isMuted: false };
const TALKING: Line = { stage: "talking", isMuted: false };
const [HOOK, MUTE, DROP] = [[1, 0], [0, 1], [0, 2]] as const;

function presses(...all: [readonly number[], Line][]): Deed[] {
  let pressed: Pressed = {};
  return all.flatMap(([bytes, line]) => {
    const [next, deeds] = press(AT, pressed, 8, Uint8Array.from(bytes), line);
    pressed = next;
    return deeds;
  });
}

describe("a headset", () => {
  it("is read from what it says of itself", () => {
    expect(AT.inputs).toEqual({ hook: { report: 8, bit: 0, isSwitch: true }, mute: { report: 8, bit: 8, isSwitch: false }, drop: { report: 8, bit: 9, isSwitch: false } });
    expect(AT.outputs.lampRing).toEqual({ report: 9, bit: 8, isSwitch: true });
    expect(AT.lengths).toEqual({ 9: 2 });
    expect(layout([{ usagePage: 1 }])).toEqual({ inputs: {}, outputs: {}, lengths: {} });
  });
  it("answers when it is lifted, and hangs up when it is put down", () => {
    expect(presses([HOOK, RINGING], [HOOK, TALKING], [[0, 0], TALKING])).toEqual(["answer", "hangUp"]);
  });
  it("does not hang up again what has ended: it says that it was put down after the lamp went out", () => {
    expect(presses([HOOK, RINGING], [[0, 0], IDLE])).toEqual(["answer"]);
  });
  it("does not take its own lamp for a press: lifted in a call that was answered in the page", () => {
    expect(presses([HOOK, TALKING])).toEqual([]);
  });
  it("mutes by a press, and back by the next; what it repeats counts once", () => {
    expect(presses([MUTE, TALKING], [MUTE, TALKING], [[0, 0], TALKING], [MUTE, { ...TALKING, isMuted: true }])).toEqual(["mute", "unmute"]);
    expect(presses([MUTE, IDLE], [[0, 0], IDLE], [MUTE, RINGING])).toEqual([]);
  });
  it("declines what rings, and drops what talks", () => {
    expect(presses([DROP, RINGING], [[0, 0], IDLE], [DROP, TALKING])).toEqual(["decline", "hangUp"]);
    expect(presses([DROP, IDLE])).toEqual([]);
  });
  it("ends by a second press where its hook is a button", () => {
    const button = layout([{ inputReports: [{ items: [{ usages: [USAGE.hook], reportSize: 1, reportCount: 1, isAbsolute: false }] }] }]);
    const [down] = press(button, {}, 0, Uint8Array.of(1), RINGING);
    const [up, released] = press(button, down, 0, Uint8Array.of(0), TALKING);
    expect(released).toEqual([]);
    expect(press(button, up, 0, Uint8Array.of(1), TALKING)[1]).toEqual(["hangUp"]);
  });
  it("hears nothing from reports that are not its buttons, or too short", () => {
    expect(press(AT, {}, 1, Uint8Array.of(3), RINGING)[1]).toEqual([]);
    expect(press(AT, {}, 8, Uint8Array.of(), RINGING)[1]).toEqual([]);
  });
  it("lights its lamps as the telephone stands", () => {
    const bytes = (line: Line) => lamps(AT, line).map(({ report, data }) => [report, ...data]);
    expect(bytes(IDLE)).toEqual([[9, 0, 0]]);
    expect(bytes(RINGING)).toEqual([[9, 0, 1]]);
    expect(bytes(TALKING)).toEqual([[9, 0x80, 0]]);
    expect(bytes({ ...TALKING, isMuted: true })).toEqual([[9, 0xc0, 0]]);
    expect(lamps(layout([]), TALKING)).toEqual([]);
  });
});
