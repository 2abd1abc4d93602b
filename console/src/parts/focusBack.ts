import { useEffect, useState } from "react";

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
