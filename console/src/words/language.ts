import { createContext, useContext } from "react";
import type { Dictionary, Language } from "./dictionary";

export interface LanguageChoice {
  language: Language;
  choose: (language: Language) => void;
  /** Whoever signed in works in this one; `null`: they have not said. */
  follow: (language: Language | null) => void;
}

export const LanguageContext = createContext<LanguageChoice>({ language: "en", choose: () => undefined, follow: () => undefined });

export const useLanguage = () => useContext(LanguageContext);

/** The words of a dictionary in the language that is chosen. */
export function useWords<E>(words: Dictionary<E>): E {
  const { language } = useLanguage();
  return words[language] as E;
}
