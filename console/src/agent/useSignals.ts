import { useEffect } from "react";
import { useHappened } from "../events";
import { useTold } from "../parts/told";
import { usePhoneStore } from "../phone/usePhone";
import { useLanguage, useWords } from "../words";
import { useLateTexts } from "./useLateTexts";
import { words } from "./words";

/** How long somebody may hear music before one is reminded of them, and again. */
const HELD_LONG = 60_000;

/** Sounds for what asks for attention while one looks elsewhere: somebody on hold, a call that was promised, a text without an answer. */
export function useSignals(heldAt: number | null): void {
  const store = usePhoneStore();
  const t = useWords(words);
  const { language } = useLanguage();
  const told = useTold();
  useHappened(({ type, data }) => {
    // The sound, and what shows while one looks elsewhere, are a notice's (src/notices).
    if (type !== "callback_due") return;
    const text = t.callbackDue(new Date(Number(data.due_from)).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }));
    told.warn(text);
  });
  useEffect(() => {
    if (heldAt === null || !store) return;
    const timer = window.setInterval(() => store.play("overdue"), HELD_LONG);
    return () => window.clearInterval(timer);
  }, [heldAt, store]);
  useLateTexts();
}
