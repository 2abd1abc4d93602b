import { useEffect } from "react";
import { useHappened } from "../events";
import { useTold } from "../parts/told";
import { usePhoneStore } from "../phone/usePhone";
import { useLanguage, useWords } from "../words";
import { useLateTexts } from "./useLateTexts";
import { words } from "./words";

/** How long somebody may hear music before one is reminded of them, and again. */
const HELD_LONG = 60_000;

/** Sounds for what asks for attention while one looks elsewhere: somebody on hold, a message that came, a call that was promised, a text without an answer. */
export function useSignals(heldAt: number | null): void {
  const store = usePhoneStore();
  const t = useWords(words);
  const { language } = useLanguage();
  const told = useTold();
  useHappened(({ type, data }) => {
    if (type === "voicemail_left") store?.play("message");
    if (type !== "callback_due") return;
    store?.play("overdue");
    const text = t.callbackDue(new Date(Number(data.due_from)).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" }));
    told.warn(text);
    if (document.hidden && "Notification" in window && Notification.permission === "granted") new Notification(text, { tag: "ringdesk-callback" });
  });
  useEffect(() => {
    if (heldAt === null || !store) return;
    const timer = window.setInterval(() => store.play("overdue"), HELD_LONG);
    return () => window.clearInterval(timer);
  }, [heldAt, store]);
  useLateTexts(store);
}
