import { useEffect, useRef } from "react";
import { useTold } from "../parts/told";
import { useWords } from "../words";
import { useTextOffers } from "./hooks";
import { lateTexts, type Known } from "./lateTexts";
import { words } from "./words";

/** Says once, where one looks, when a contact in hand begins to wait too long for an answer by text. */
export function useLateTexts(): void {
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
      if (news > 0) told.warn(t.textsWait(news));
      if (next !== null) timer = window.setTimeout(look, next - now);
    };
    look();
    return () => window.clearTimeout(timer);
  }, [offers, told, t]);
}
