export { dictionary, LANGUAGES, type Dictionary, type Language } from "./dictionary";
export { LanguageProvider } from "./LanguageProvider";
export { useLanguage, useWords } from "./language";
