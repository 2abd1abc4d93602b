import { describe, expect, it } from "vitest";
import { AT_ONCE, following, NEWEST, OLDEST, preceding, type From } from "./pages";

/** What the server gives of a talk of so many lines. */
function read(lines: number, asked: From) {
  const all = Array.from({ length: lines }, (_, n) => ({ seq: n + 1 }));
  if ("after" in asked) return all.filter((line) => line.seq > asked.after).slice(0, AT_ONCE);
  return all.filter((line) => line.seq < asked.before).slice(-AT_ONCE);
}

/** All pages anew, as the library does: so many, from the first, and then what is still missing at the end. */
function anew(lines: number, first: From, many: number) {
  let asked: From | undefined = first;
  const seqs: number[] = [];
  for (let n = 0; asked && (n < many || "after" in asked); n += 1) {
    const page = read(lines, asked);
    seqs.push(...page.map((line) => line.seq));
    asked = following(page, [], asked);
  }
  return seqs;
}

describe("pages of a talk", () => {
  it("are read backwards from the newest, each line once, down to the first", () => {
    for (const lines of [0, 1, 199, 200, 201, 1_000, 1_050]) {
      let asked: From | undefined = NEWEST;
      const seqs: number[] = [];
      while (asked) {
        const page = read(lines, asked);
        seqs.unshift(...page.map((line) => line.seq));
        asked = preceding(page, [], asked);
      }
      expect(seqs).toEqual(Array.from({ length: lines }, (_, n) => n + 1));
    }
  });

  it("are read anew without a hole, also when lines have come meanwhile", () => {
    for (const [first, many] of [[{ before: 51 }, 6], [{ before: 851 }, 2]] as const) {
      const from = read(1_050, first)[0]?.seq ?? 0;
      expect(anew(1_059, first, many)).toEqual(Array.from({ length: 1_060 - from }, (_, n) => n + from));
    }
    expect(anew(1_059, NEWEST, 1).at(-1)).toBe(1_059);
  });

  it("of a call are read from its beginning", () => {
    expect(anew(450, OLDEST, 1)).toHaveLength(450);
    expect(preceding(read(450, OLDEST), [], OLDEST)).toBeUndefined();
  });
});
