import { describe, expect, it } from "vitest";
import { clips, DEAF, listen, speaks, type Ear } from "./levels";

/** One measurement every 100 ms. */
function hear(levels: [rms: number, peak: number][]): Ear {
  return levels.reduce((ear, [rms, peak], n) => listen(ear, n * 100, 100, rms, peak), DEAF);
}
const times = (count: number, rms: number, peak = rms): [number, number][] => Array.from({ length: count }, () => [rms, peak]);

describe("the ear", () => {
  it("takes half a second of loudness for speech", () => {
    expect(speaks(hear(times(4, 0.1)))).toBe(false);
    expect(speaks(hear(times(5, 0.1)))).toBe(true);
  });
  it("hears words through the pauses between them", () => {
    expect(speaks(hear([...times(3, 0.1), ...times(2, 0), ...times(3, 0.1)]))).toBe(true);
  });
  it("forgets a cough", () => {
    expect(speaks(hear([...times(3, 0.4), ...times(6, 0), ...times(3, 0.4)]))).toBe(false);
  });
  it("hears silence as silence", () => {
    expect(speaks(hear(times(50, 0.01)))).toBe(false);
  });
  it("says that it clips when it does so often", () => {
    expect(clips(hear(times(3, 0.2, 1)))).toBe(false);
    expect(clips(hear(times(4, 0.2, 1)))).toBe(true);
    expect(clips(hear([...times(4, 0.2, 1), ...times(45, 0.1)]))).toBe(false);
  });
});
