import { useEffect, useRef, useState } from "react";
import { keepShortcuts, keptShortcuts, meant, type Action, type Chord } from "./shortcuts";

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Does what keys mean, on every page. Gives the keys, and how one changes them. */
export function useShortcuts(act: (action: Action) => void) {
  const [own, setOwn] = useState(keptShortcuts);
  const newest = useRef(act);
  useEffect(() => {
    newest.current = act;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = meant(event, own, isTyping(event.target));
      if (!action) return;
      event.preventDefault();
      newest.current(action);
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [own]);
  const change = (chosen: Record<Action, Chord>) => {
    keepShortcuts(chosen);
    setOwn(chosen);
  };
  return { own, change };
}
