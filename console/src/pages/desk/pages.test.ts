import { describe, expect, it } from "vitest";
import { AT_ONCE, following, Known, NEWEST, OLDEST, preceding, type From } from "./pages";

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

describe("a talk that is known", () => {
  interface Line {
    seq: number;
    attachments: { id: string }[];
    text: string;
  }
  /** What the server has, and what was asked of it. */
  function talk(many: number) {
    const lines: Line[] = [];
    const say = (text: string, file?: string) => lines.push({ seq: lines.length + 1, attachments: file ? [{ id: file }] : [], text });
    for (let n = 1; n <= many; n += 1) say(`text ${n}`);
    const known = new Known<Line>();
    let reads: From[] = [];
    const ask = (asked: From): Line[] => {
      const there = known.page(asked);
      if (there) return there;
      reads.push(asked);
      const at = known.now();
      const page = read(lines.length, asked).map(({ seq }) => ({ ...(lines[seq - 1] as Line) }));
      known.keep(page, at);
      return page;
    };
    /** Read back to its first line; gives the pages as the library holds them. */
    const back = () => {
      let [asked, pages]: [From | undefined, From[]] = [NEWEST, []];
      while (asked) {
        pages = [asked, ...pages];
        asked = preceding(ask(asked), [], asked);
      }
      return pages;
    };
    const again = (pages: From[]) => {
      reads = [];
      let asked: From | undefined = pages[0];
      const seen: Line[] = [];
      for (let n = 0; asked && (n < pages.length || "after" in asked); n += 1) {
        const page = ask(asked);
        seen.push(...page);
        asked = following(page, [], asked);
      }
      return { seen, reads };
    };
    return { lines, say, known, back, again };
  }

  it("is read at its end alone when something new comes", () => {
    const { say, back, again } = talk(1_050);
    const pages = back();
    for (let n = 1_051; n <= 1_060; n += 1) {
      say("new");
      const { seen, reads } = again(pages);
      expect(seen.map((line) => line.seq)).toEqual(Array.from({ length: n }, (_, at) => at + 1));
      expect(reads).toEqual([{ after: 1_050 }]);
    }
  });

  it("is read again where a line changed, and nowhere else", () => {
    const { lines, known, back, again } = talk(1_050);
    const pages = back();
    again(pages);
    (lines[119] as Line).text = "taken back";
    known.hear("message_recalled", { conversation: "c", seq: 120 });
    const { seen, reads } = again(pages);
    expect(seen[119]?.text).toBe("taken back");
    expect(reads).toEqual([{ after: 50 }, { after: 1_050 }]);
  });

  it("is read again where a sound was heard", () => {
    const { say, known, back, again } = talk(300);
    say("listen", "sound");
    for (let n = 302; n <= 700; n += 1) say(`text ${n}`);
    const pages = back();
    again(pages);
    known.hear("transcript_updated", { conversation: "c", attachment: "sound", state: "done" });
    expect(again(pages).reads).toEqual([{ after: 300 }, { after: 700 }]);
    known.hear("transcript_updated", { conversation: "c", call: "x", state: "done" });
    expect(again(pages).reads).toHaveLength(5);
  });

  it("keeps nothing that changed while it was on its way", () => {
    const known = new Known<Line>();
    const page = Array.from({ length: AT_ONCE }, (_, n) => ({ seq: n + 1, attachments: [], text: "old" }));
    const asked = known.now();
    known.hear("message_updated", { conversation: "c", seq: 7 });
    known.keep(page, asked);
    expect(known.page({ after: 0 })).toBeNull();
    known.keep(page, known.now());
    expect(known.page({ after: 0 })).toEqual(page);
    known.forget();
    expect(known.page({ after: 0 })).toBeNull();
  });
});
