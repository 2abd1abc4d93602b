import { useEffect, useRef } from "react";
import { useTold } from "../parts/told";
import type { PhoneStore } from "../phone/store";
import { useWords } from "../words";
import { useTextOffers } from "./hooks";
import { lateTexts, type Known } from "./lateTexts";
import { words } from "./words";

/** Sounds once, and says so, when a contact in hand begins to wait too long for an answer by text. */
export function useLateTexts(store: PhoneStore | null): void {
  const t = useWords(words);
  const told = useTold();
  const offers = useTextOffers().data;
  const known = useRef<Known>(new Set());
  useEffect(() => {
    if (!offers) return;
    let timer: number | undefined;
    const look = () => {
      const now = Date.now();
      const { news, next, ...seen } = lateTexts(known.current, offers, now);
      known.current = seen.known;
      if (news > 0) {
        store?.play("overdue");
        told.warn(t.textsWait(news));
        if (document.hidden && "Notification" in window && Notification.permission === "granted") new Notification(t.textsWait(news), { tag: "ringdesk-text" });
      }
      if (next !== null) timer = window.setTimeout(look, next - now);
    };
    look();
    return () => window.clearTimeout(timer);
  }, [offers, store, told, t]);
}
