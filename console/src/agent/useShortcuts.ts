import { useEffect, useMemo, useRef, useState } from "react";
import { useTold } from "../parts";
import { useSession } from "../session";
import { meant, movedOf, withMoved, type Action, type Chord } from "./shortcuts";

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Does what keys mean, on every page. Gives the keys, and how one changes them. */
export function useShortcuts(act: (action: Action) => void) {
  const { preferences, prefer } = useSession();
  const told = useTold();
  // What was just chosen holds at once; then the server says the same.
  const [chosen, setChosen] = useState<Record<Action, Chord> | null>(null);
  const moved = preferences.shortcuts;
  const own = useMemo(() => chosen ?? withMoved(moved), [chosen, moved]);
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
  const change = (wish: Record<Action, Chord>) => {
    setChosen(wish);
    prefer({ shortcuts: movedOf(wish) })
      .catch(told.bad)
      .finally(() => setChosen(null));
  };
  return { own, change };
}
