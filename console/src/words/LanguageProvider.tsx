import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { kept, keep } from "../app/kept";
import type { Language } from "./dictionary";
import { LanguageContext } from "./language";

const NAME = "language";

/** As chosen here before, or as the browser reads. */
function first(): Language {
  const known = kept(NAME);
  if (known === "en" || known === "zh") return known;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(first);
  // Chosen at the door: who comes in by it wants it so.
  const isChosen = useRef(false);
  const choose = useCallback((chosen: Language) => {
    keep(NAME, chosen);
    isChosen.current = true;
    setLanguage(chosen);
  }, []);
  const follow = useCallback((theirs: Language | null) => {
    if (theirs && !isChosen.current) setLanguage(theirs);
    isChosen.current = false;
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const value = useMemo(() => ({ language, choose, follow }), [language, choose, follow]);
  return <LanguageContext.Provider value={value}>{children}</LanguageContext.Provider>;
}
