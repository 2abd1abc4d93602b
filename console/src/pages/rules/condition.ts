/** A rule's condition, as the page edits it: tests that all must hold. What was written otherwise by the API stays as it is. */

/** Facts with a list of words to be one of. */
export const CHOICES = ["channel", "inbox", "queue", "language", "tier", "segment", "tag", "contact_tag", "set_tag"] as const;
/** Facts that have a calendar, a field, or a number of days behind them. */
export const OF = ["hours", "field", "conversations", "tickets"] as const;
/** Facts of calls: at any time, and when they are over. */
export const OF_CALLS = ["called", "caller", "caller_begins", "region", "entered"] as const;
export const OF_CLOSED = ["direction", "outcome", "disposition", "talked_seconds", "waited_seconds"] as const;
export const FACTS = ["text", ...CHOICES, ...OF, ...OF_CALLS, ...OF_CLOSED] as const;
export type FactName = (typeof FACTS)[number];

export interface Test {
  fact: FactName;
  /** A calendar, a field, or days. */
  of?: string | number | null;
  /** It must not be so. */
  not?: boolean;
  words?: string[];
  /** Of numbers: `at_least`, `at_most`. */
  compare?: "at_least" | "at_most";
  number?: number | null;
}

export type Tree = Record<string, unknown>;

const SECONDS: readonly string[] = ["talked_seconds", "waited_seconds"];
/** How many of it there were in so many days. */
export const isCounted = (fact: FactName) => fact === "conversations" || fact === "tickets";
export const isNumber = (fact: FactName) => isCounted(fact) || SECONDS.includes(fact);

/** What is known of it when this happens. */
export const factsOn = (on: string): FactName[] =>
  FACTS.filter((fact) => {
    if (fact === "entered") return on === "call_begins";
    if ((OF_CALLS as readonly string[]).includes(fact)) return on.startsWith("call_");
    return !(OF_CLOSED as readonly string[]).includes(fact) || on === "call_closed";
  });

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

function treeOf({ fact, of, not, words, compare, number }: Test): Tree {
  const name = of === undefined || of === null || of === "" ? fact : `${fact}:${of}`;
  const test = isNumber(fact)
    ? { [compare ?? "at_least"]: { fact: name, number: number ?? 1 } }
    : fact === "text"
      ? { says: { fact: name, words: words ?? [] } }
      : { is: { fact: name, one_of: words ?? [] } };
  return not ? { not: test } : test;
}

/** What is kept of these tests; none: always. */
export const written = (tests: Test[]): Tree => ({ all: tests.map(treeOf) });

function testOf(tree: unknown, not = false): Test | null {
  if (!isTree(tree)) return null;
  const [[kind, value] = ["", null], ...more] = Object.entries(tree);
  if (more.length > 0) return null;
  if (kind === "not") return not ? null : testOf(value, true);
  if (!isTree(value) || typeof value.fact !== "string") return null;
  const [name = "", of] = value.fact.split(":");
  const fact = FACTS.find((known) => known === name);
  if (!fact) return null;
  const base: Test = { fact, not, ...(of === undefined ? {} : { of: isCounted(fact) ? Number(of) : of }) };
  if ((kind === "at_least" || kind === "at_most") && isNumber(fact)) return { ...base, compare: kind, number: Number(value.number) };
  const words = kind === "says" && fact === "text" ? value.words : kind === "is" && fact !== "text" && !isNumber(fact) ? value.one_of : null;
  return Array.isArray(words) ? { ...base, words: words.map(String) } : null;
}

/** The tests of a tree; `null`: it is written in a way that this page does not edit. */
export function read(tree: unknown): Test[] | null {
  if (!isTree(tree)) return null;
  const each = Array.isArray(tree.all) && Object.keys(tree).length === 1 ? (tree.all as unknown[]) : [tree];
  const tests = each.map((one) => testOf(one));
  return tests.every((test) => test !== null) ? tests : null;
}
