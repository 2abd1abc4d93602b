/** What stands between double braces and is filled in by the house. */
const GAP = /\{\{(?:contact|agent|queue|inbox)\.name\}\}|\{\{ticket\.number\}\}/g;
/** As much as anybody types to find one. */
const LONGEST = 40;

export interface Asked {
  /** Where the stroke stands. */
  from: number;
  typed: string;
}

/** Is a phrase being asked for where one writes? A stroke at the beginning of a word, and what follows it up to here. */
export function phraseAsked(text: string, caret: number): Asked | null {
  const from = caret > 0 ? text.lastIndexOf("/", caret - 1) : -1;
  if (from < 0 || caret - from - 1 > LONGEST) return null;
  const typed = text.slice(from + 1, caret);
  const before = from === 0 ? "" : text.charAt(from - 1);
  return (before === "" || /\s/.test(before)) && !/\s/.test(typed) ? { from, typed } : null;
}

/** The text with the phrase in the place of what asked for it, and where one goes on writing. */
export function withPhrase(text: string, asked: Asked, phrase: string): { text: string; caret: number } {
  const until = asked.from + 1 + asked.typed.length;
  return { text: text.slice(0, asked.from) + phrase + text.slice(until), caret: asked.from + phrase.length };
}

/** Gaps that nothing was known for: each once. */
export const openGaps = (text: string): string[] => [...new Set(text.match(GAP) ?? [])];
