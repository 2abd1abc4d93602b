import { expect, it } from "vitest";
import { earlier } from "./order";
import { actionsOn } from "./action";
import { factsOn, read, written, type Test } from "./condition";

it("reads what it has written", () => {
  const tests: Test[] = [
    { fact: "text", not: false, words: ["退款", "refund"] },
    { fact: "tier", not: true, words: ["vip"] },
    { fact: "hours", not: false, of: "0193", words: ["closed", "holiday"] },
    { fact: "conversations", not: false, of: 30, compare: "at_least", number: 3 },
    { fact: "entered", not: false, of: "customer", words: ["42"] },
    { fact: "waited_seconds", not: false, compare: "at_most", number: 20 },
  ];
  expect(read(written(tests))).toEqual(tests);
  expect(read({ all: [] })).toEqual([]);
  expect(read({ is: { fact: "channel", one_of: ["api"] } })).toEqual([{ fact: "channel", not: false, words: ["api"] }]);
});

it.each([[{ any: [] }], [{ not: { not: { is: { fact: "tier", one_of: ["vip"] } } } }], [{ known: { fact: "tier" } }], [{ is: { fact: "mood", one_of: ["bad"] } }], [{ all: [{ any: [] }] }], ["x"], [null]])(
  "leaves what is written otherwise as it is: %j",
  (tree) => expect(read(tree)).toBeNull(),
);

it("asks of a call what is known of it then", () => {
  expect(factsOn("begins")).not.toContain("caller");
  expect(factsOn("call_begins")).toEqual(expect.arrayContaining(["caller_begins", "entered", "text"]));
  expect(factsOn("call_begins")).not.toContain("outcome");
  expect(factsOn("call_closed")).toContain("outcome");
  expect(actionsOn("call_begins")).toContain("queue");
  expect(actionsOn("call_closed")).not.toContain("queue");
});

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
