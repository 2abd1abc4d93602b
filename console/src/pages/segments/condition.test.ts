import { describe, expect, it } from "vitest";
import { compares, FACTS, fresh, isWhole, read, written, type Draft } from "./condition";

describe("conditions of segments", () => {
  it("are read as they were written", () => {
    const draft: Draft = {
      each: false,
      tests: [
        { fact: "tier", compare: "is", words: ["vip"] },
        { fact: "tag", compare: "is_not", words: ["a", "b"] },
        { fact: "conversations", of: 30, compare: "at_least", number: 3 },
        { fact: "quiet_days", compare: "at_most", number: 7 },
        { fact: "field", of: "f-1", compare: "unknown" },
        { fact: "field", of: "f-2", compare: "at_least", number: 1000 },
      ],
    };
    expect(read(written(draft))).toEqual(draft);
    expect(written(draft)).toMatchObject({ any: [{ is: { fact: "tier" } }, { not: { is: { fact: "tag" } } }, { at_least: { fact: "conversations:30", number: 3 } }, {}, { not: { known: { fact: "field:f-1" } } }, {}] });
    expect(read({ all: [] })).toEqual({ each: true, tests: [] });
  });

  it("of another shape stay as they are", () => {
    for (const tree of [null, [], {}, { is: { fact: "tier", one_of: ["vip"] } }, { all: [{ any: [] }] }, { all: [{ says: { fact: "tier", words: [] } }] }, { all: [{ is: { fact: "spend", one_of: [] } }] }, { all: [], any: [] }]) {
      expect(read(tree), JSON.stringify(tree)).toBeNull();
    }
  });

  it("say when something is missing", () => {
    for (const fact of FACTS) expect(compares(fact)).toContain(fresh(fact).compare);
    expect(isWhole(fresh("tier"))).toBe(false);
    expect(isWhole({ ...fresh("tier"), words: ["vip"] })).toBe(true);
    expect(isWhole(fresh("conversations"))).toBe(true);
    expect(isWhole({ ...fresh("conversations"), of: 731 })).toBe(false);
    expect(isWhole({ fact: "field", compare: "known" })).toBe(false);
    expect(isWhole({ fact: "field", of: "f-1", compare: "known" })).toBe(true);
    expect(isWhole({ fact: "quiet_days", compare: "at_most", number: NaN })).toBe(false);
  });
});
