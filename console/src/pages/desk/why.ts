import type { whyWords } from "./whyWords";

/** A decision of routing, as the server keeps it. */
export interface Why {
  how: string;
  strategy?: string;
  candidates?: number;
  wanted?: Record<string, number>;
  level?: number | null;
  relaxed?: number;
  tries?: number;
  preferred?: boolean;
  vip?: boolean;
  others?: string[];
}

type Words = (typeof whyWords)["en"];

/** A word of a family that the server names; its own name where this version does not know it. */
export function wordOf(t: Words, family: "how" | "strategy" | "outcome", name: string): string {
  const said = (t as Record<string, unknown>)[`${family}_${name}`];
  return typeof said === "string" ? said : name.replaceAll("_", " ");
}

/** In words, the strongest reason first. */
export function reasons(why: Why, t: Words, nameOf: (id: string) => string | null): string[] {
  const said: string[] = [wordOf(t, "how", why.how)];
  if (why.vip) said.push(t.vip);
  if (why.preferred && why.how !== "required") said.push(t.preferred);
  const wanted = Object.entries(why.wanted ?? {});
  if (wanted.length > 0) said.push(t.wanted(wanted.map(([skill, level]) => `${skill} ${level}`).join(", ")));
  if (why.relaxed) said.push(t.relaxed(why.relaxed));
  if (why.how === "matched") {
    if (why.strategy) said.push(wordOf(t, "strategy", why.strategy));
    if (why.candidates) said.push(t.candidates(why.candidates));
    const others = (why.others ?? []).map(nameOf).filter((name) => name !== null);
    if (others.length > 0) said.push(t.others(others.join(", ")));
  }
  return said;
}
