import type { Frame } from "./chat";

/** What may be rated beside the whole; others are not shown. */
export const ASPECTS = ["speed", "attitude", "effect", "convenience"] as const;
export type Aspect = (typeof ASPECTS)[number];

export interface Given {
  stars: number;
  aspects: Partial<Record<Aspect, number>>;
  words: string;
}

/** What is asked of a conversation that is over, and what was answered. */
export interface Survey {
  conversation: string;
  aspects: readonly Aspect[];
  words: boolean;
  /** By language, where the inbox has its own. */
  question: Readonly<Record<string, string>>;
  given: Given | null;
}

const record = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
const isStars = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 5;

/** The survey in a frame of the server; null: it asks nothing that can be answered. */
export function asked(frame: Frame): Survey | null {
  if (frame.t !== "survey" || typeof frame.conversation !== "string") return null;
  const named: unknown[] = Array.isArray(frame.aspects) ? frame.aspects : [];
  const question = Object.fromEntries(Object.entries(record(frame.question)).filter((one): one is [string, string] => typeof one[1] === "string"));
  const said = record(frame.given);
  const aspects = Object.fromEntries(ASPECTS.filter((one) => isStars(record(said.aspects)[one])).map((one) => [one, record(said.aspects)[one] as number]));
  return {
    conversation: frame.conversation,
    aspects: ASPECTS.filter((one) => named.includes(one)),
    words: frame.words === true,
    question,
    given: isStars(said.stars) ? { stars: said.stars, aspects, words: typeof said.words === "string" ? said.words : "" } : null,
  };
}
