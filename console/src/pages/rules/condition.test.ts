import { expect, it } from "vitest";
import { earlier } from "./order";
import { read, written, type Test } from "./condition";

it("reads what it has written", () => {
  const tests: Test[] = [
    { fact: "text", not: false, words: ["退款", "refund"] },
    { fact: "tier", not: true, words: ["vip"] },
    { fact: "hours", not: false, of: "0193", words: ["closed", "holiday"] },
    { fact: "conversations", not: false, of: 30, compare: "at_least", number: 3 },
  ];
  expect(read(written(tests))).toEqual(tests);
  expect(read({ all: [] })).toEqual([]);
  expect(read({ is: { fact: "channel", one_of: ["api"] } })).toEqual([{ fact: "channel", not: false, words: ["api"] }]);
});

it.each([[{ any: [] }], [{ not: { not: { is: { fact: "tier", one_of: ["vip"] } } } }], [{ known: { fact: "tier" } }], [{ is: { fact: "mood", one_of: ["bad"] } }], [{ all: [{ any: [] }] }], ["x"], [null]])(
  "leaves what is written otherwise as it is: %j",
  (tree) => expect(read(tree)).toBeNull(),
);

it("says which earlier rules decide the same", () => {
  const rule = (name: string, then: object[], more = {}) => ({ name, on: "begins", then, ...more });
  const rules = [
    rule("off", [{ queue: "a" }], { disabled: true }),
    rule("first", [{ queue: "a" }, { tag: "t" }]),
    rule("closed", [{ priority: 1 }], { on: "closed" }),
    rule("second", [{ queue: "b" }, { priority: 2 }, { untag: "t" }, { note: "x" }]),
  ];
  expect(earlier(rules, 1)).toEqual([]);
  expect(earlier(rules, 3)).toEqual([
    { what: "queue", rule: "first" },
    { what: "tag", rule: "first" },
  ]);
});
