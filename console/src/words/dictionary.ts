/** A text, or one with gaps. */
export type Text = string | ((...gaps: never[]) => string);

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

type Translated<E> = { [K in keyof E]: E[K] extends (...gaps: infer G) => string ? (...gaps: G) => string : string };

export interface Dictionary<E> {
  readonly en: E;
  readonly zh: Translated<E>;
}

/** Words of one page in every language: who leaves one out hears of it from the compiler. */
export function dictionary<E extends Record<string, Text>>(words: { en: E; zh: NoInfer<Translated<E>> }): Dictionary<E> {
  return words;
}
