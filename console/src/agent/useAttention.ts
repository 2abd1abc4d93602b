import { useEffect } from "react";
import { onDesktop } from "../parts/desktop";
import { useLanguage, useWords } from "../words";
import type { PhoneCall } from "../phone/machine";
import { useNoticeChoices } from "../notices/data";
import { words } from "./words";

const PLAIN = "Ringdesk";

/** What the tab says while one looks elsewhere: its title, its badge, and a notice on the desktop. */
export function useAttention(call: PhoneCall | null): void {
  const t = useWords(words);
  const { language } = useLanguage();
  const isRinging = call?.direction === "in" && call.stage === "ringing";
  const choices = useNoticeChoices().data;
  const isWanted = choices?.find((one) => one.kind === "enquiry")?.channels.includes("desktop") ?? true;
  const who = call?.name ?? call?.number ?? "";

  useEffect(() => {
    document.title = isRinging ? `☎ ${t.titleRinging} · ${PLAIN}` : call ? `● ${t.titleTalking} · ${PLAIN}` : PLAIN;
    return () => {
      document.title = PLAIN;
    };
  }, [isRinging, call, t, language]);

  useEffect(() => {
    const badge = navigator as Navigator & { setAppBadge?: (count?: number) => Promise<void>; clearAppBadge?: () => Promise<void> };
    const set = isRinging ? badge.setAppBadge?.(1) : badge.clearAppBadge?.();
    set?.catch(() => undefined);
  }, [isRinging]);

  useEffect(() => {
    if (!isRinging || !isWanted) return;
    const notice = onDesktop(t.callFrom(who || t.withheld), { tag: "ringdesk-call", requireInteraction: true });
    return () => notice?.close();
  }, [isRinging, isWanted, who, t]);
}
