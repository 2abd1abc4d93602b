import { useEffect, useRef } from "react";

interface Acts {
  toggle: () => void;
  move: (ms: number) => void;
  step: (lines: number) => void;
  comment: () => void;
}

const STEP_MS = 5_000;

/** Where these mean something else: fields, menus, and what an arrow or a space already does. */
const BUSY = "input, textarea, select, [contenteditable], [role=slider], [role=menu], [role=listbox], [role=dialog], [role=tab]";

/** The player's keys, wherever the focus is on the page, unless somebody types or composes. */
export function useKeys(acts: Acts): void {
  const newest = useRef(acts);
  useEffect(() => {
    newest.current = acts;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.closest(BUSY)) return;
      // A space presses the button that has the focus.
      if (event.key === " " && event.target instanceof HTMLElement && event.target.closest("button, a")) return;
      const { toggle, move, step, comment } = newest.current;
      const act: Record<string, () => void> = {
        " ": toggle,
        ArrowLeft: () => move(-STEP_MS),
        ArrowRight: () => move(STEP_MS),
        ArrowUp: () => step(-1),
        ArrowDown: () => step(1),
        c: comment,
      };
      const found = act[event.key];
      if (!found) return;
      event.preventDefault();
      found();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
