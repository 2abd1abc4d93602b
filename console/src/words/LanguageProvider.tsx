import { useCallback, useEffect, useMemo, useState, type ReactNode } from "react";
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
  const choose = useCallback((chosen: Language) => {
    keep(NAME, chosen);
    setLanguage(chosen);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const value = useMemo(() => ({ language, choose }), [language, choose]);
  return <LanguageContext.Provider value={value}>{children}</LanguageContext.Provider>;
}
