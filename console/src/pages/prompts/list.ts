import type { Prompt, Spoken } from "./data";

export const FILTERS = ["all", "gaps", "machine", "own"] as const;
export type Filter = (typeof FILTERS)[number];

export const standing = (prompt: Prompt, language: Spoken) => prompt.languages.find((one) => one.language === language);

/** Callers hear nothing in one of the languages. */
const hasGap = (prompt: Prompt) => prompt.languages.some((one) => one.state === "missing");

/** A machine says it, and somebody could. */
const isByMachine = (prompt: Prompt) => !prompt.variables && prompt.languages.some((one) => one.state === "spoken");

/** What is looked for: by id, by text in any language, by the flow that plays it. */
export function shown(prompts: readonly Prompt[], filter: Filter, text: string): Prompt[] {
  const wanted = text.trim().toLowerCase();
  const fits = (prompt: Prompt) => {
    if (filter === "gaps" && !hasGap(prompt)) return false;
    if (filter === "machine" && !isByMachine(prompt)) return false;
    if (filter === "own" && prompt.of_house) return false;
    const said = [prompt.id, ...prompt.languages.map((one) => one.text ?? ""), ...prompt.used_by];
    return said.some((one) => one.toLowerCase().includes(wanted));
  };
  // What callers miss first: a flow plays it, and there is nothing to hear.
  return prompts.filter(fits).sort((one, two) => Number(hasGap(two)) - Number(hasGap(one)) || one.id.localeCompare(two.id));
}

export interface Count {
  recorded: number;
  spoken: number;
  missing: number;
}

export function count(prompts: readonly Prompt[], language: Spoken): Count {
  const counted: Count = { recorded: 0, spoken: 0, missing: 0 };
  for (const prompt of prompts) {
    const state = standing(prompt, language)?.state;
    if (state === "recorded" || state === "spoken" || state === "missing") counted[state] += 1;
  }
  return counted;
}

/** What is still to be recorded in a language, for whoever stands at the microphone: id and text. With variables it is always spoken. */
export function script(prompts: readonly Prompt[], language: Spoken): string {
  const open = prompts.filter((prompt) => !prompt.variables && standing(prompt, language)?.state !== "recorded");
  const line = (prompt: Prompt) => `${prompt.id}\t${(standing(prompt, language)?.text ?? "").replaceAll(/\s+/g, " ")}`;
  return [...open].sort((one, two) => one.id.localeCompare(two.id)).map((prompt) => `${line(prompt)}\n`).join("");
}

/** As the server takes it (tts/src/takes.rs). */
export const isId = (id: string) => id.length <= 64 && /^[a-z0-9]+([._][a-z0-9]+)*$/.test(id);
