import { useEffect } from "react";
import { useHappened } from "../events";
import { usePhoneStore } from "../phone/usePhone";

/** How long somebody may hear music before one is reminded of them, and again. */
const HELD_LONG = 60_000;

/** Sounds for what asks for attention while one looks elsewhere: somebody on hold, a message that came. */
export function useSignals(heldAt: number | null): void {
  const store = usePhoneStore();
  useHappened(({ type }) => {
    if (type === "voicemail_left") store?.play("message");
  });
  useEffect(() => {
    if (heldAt === null || !store) return;
    const timer = window.setInterval(() => store.play("overdue"), HELD_LONG);
    return () => window.clearInterval(timer);
  }, [heldAt, store]);
}
