import { useEffect, useRef, useState } from "react";

/** What one writes into, or turns; a choice of dates opens by itself where it has the focus. */
const FIELDS = "input, textarea, [role=combobox]";
const NO_FIELDS = ".ant-picker *, [type=file], [disabled], [aria-hidden=true] *";

/**
 * Gives the focus back to what had it before, once this is gone. The library does so for what it closes itself; what is taken off
 * the page while it is open leaves whoever works by keys at the top of the page.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      const isNowhere = document.activeElement === null || document.activeElement === document.body;
      if (isNowhere && before instanceof HTMLElement) before.focus();
    },
    [before],
  );
}

/**
 * Stands first in what is opened over a page and brings the focus to its first field, unless a field of it has the focus. One that
 * asks for it by `autoFocus` gets it too early where nothing moves: the library has not put what is opened on the page by then.
 */
export function FocusIn() {
  const here = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const opened = here.current?.closest("[role=dialog]");
    if (!opened || opened.querySelector(":focus")) return;
    const fields = [...opened.querySelectorAll<HTMLElement>(FIELDS)];
    fields.find((field) => !field.matches(NO_FIELDS))?.focus({ preventScroll: true });
  }, []);
  return <span ref={here} hidden />;
}
