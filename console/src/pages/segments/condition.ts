/** A segment's condition, as the page edits it: tests of which all or any must hold. What was written otherwise by the API stays as it is. */

/** Facts with a list of words to be one of. */
export const LISTS = ["tier", "tag", "language", "channel", "consent"] as const;
/** Facts that are a number of days. */
export const DAYS = ["known_days", "quiet_days"] as const;
/** Facts that count within a number of days. */
export const COUNTS = ["conversations", "tickets"] as const;
export const FACTS = [...LISTS, ...DAYS, ...COUNTS, "field"] as const;
export type FactName = (typeof FACTS)[number];
/** How a fact is compared: the last one reads the words of a field. */
export type Compare = "is" | "is_not" | "at_least" | "at_most" | "known" | "unknown";

export interface Test {
  fact: FactName;
  /** A field's id, or within how many days is counted. */
  of?: string | number;
  compare: Compare;
  words?: string[];
  number?: number;
}

export interface Draft {
  /** All must hold, or one at least. */
  each: boolean;
  tests: Test[];
}

export type Tree = Record<string, unknown>;
/** As the API's description has it: an object of which it says no more. */
export type Sent = Record<string, never>;

const isIn = <T extends string>(all: readonly T[], one: string): one is T => (all as readonly string[]).includes(one);
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a fact can be compared by; the first is where one begins. */
export function compares(fact: FactName): readonly Compare[] {
  if (fact === "field") return ["is", "is_not", "at_least", "at_most", "known", "unknown"];
  return isIn(LISTS, fact) ? ["is", "is_not"] : ["at_least", "at_most"];
}

/** A test to begin with. */
export const fresh = (fact: FactName): Test => ({ fact, compare: compares(fact)[0] ?? "is", ...(isIn(COUNTS, fact) ? { of: 30 } : {}), ...(isIn(LISTS, fact) ? { words: [] } : fact === "field" ? { words: [] } : { number: 1 }) });

/** Can it be judged as it is? */
export function isWhole({ fact, of, compare, words, number }: Test): boolean {
  if (fact === "field" && !of) return false;
  if (isIn(COUNTS, fact) && !(typeof of === "number" && of >= 1 && of <= 730)) return false;
  if (compare === "is" || compare === "is_not") return (words ?? []).length > 0;
  return compare === "known" || compare === "unknown" || (typeof number === "number" && Number.isFinite(number));
}

const nameOf = ({ fact, of }: Test) => (fact === "field" || isIn(COUNTS, fact) ? `${fact}:${String(of)}` : fact);

function treeOf(test: Test): Tree {
  const fact = nameOf(test);
  switch (test.compare) {
    case "is":
      return { is: { fact, one_of: test.words ?? [] } };
    case "is_not":
      return { not: { is: { fact, one_of: test.words ?? [] } } };
    case "known":
      return { known: { fact } };
    case "unknown":
      return { not: { known: { fact } } };
    default:
      return { [test.compare]: { fact, number: test.number ?? 0 } };
  }
}

export const written = ({ each, tests }: Draft): Tree => ({ [each ? "all" : "any"]: tests.map(treeOf) });

function testOf(tree: unknown, not = false): Test | null {
  if (!isTree(tree)) return null;
  const [[kind, value] = ["", null], ...more] = Object.entries(tree);
  if (more.length > 0 || !isTree(value)) return null;
  if (kind === "not") return not ? null : testOf(value, true);
  if (typeof value.fact !== "string") return null;
  const [name = "", of] = value.fact.split(":");
  if (!isIn(FACTS, name)) return null;
  const base = { fact: name, ...(of === undefined ? {} : { of: name === "field" ? of : Number(of) }) };
  if (kind === "is" && Array.isArray(value.one_of)) return { ...base, compare: not ? "is_not" : "is", words: value.one_of.map(String) };
  if (kind === "known") return { ...base, compare: not ? "unknown" : "known" };
  if ((kind === "at_least" || kind === "at_most") && !not) return { ...base, compare: kind, number: Number(value.number) };
  return null;
}

/** The tests of a tree; `null`: it is written in a way that this page does not edit. */
export function read(tree: unknown): Draft | null {
  if (!isTree(tree)) return null;
  const [[kind, value] = ["", null], ...more] = Object.entries(tree);
  if (more.length > 0 || (kind !== "all" && kind !== "any") || !Array.isArray(value)) return null;
  const tests = value.map((one) => testOf(one));
  return tests.every((test) => test !== null) ? { each: kind === "all", tests } : null;
}
