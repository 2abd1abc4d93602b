import { useEffect, useState } from "react";
import type { Box } from "./place";

/** How long a page may take to show the control before the step stands alone. */
const PATIENCE_MS = 4_000;

const isSeen = (element: Element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
};

/** The first of these controls that can be seen, and where it is: pages load, lists grow, windows turn. `undefined`: not yet known. */
export function useControl(at: readonly string[]): Box | null | undefined {
  const [box, setBox] = useState<Box | null | undefined>(undefined);
  const names = at.join("\n");
  useEffect(() => {
    if (names === "") return; // its page is not there yet
    const until = performance.now() + PATIENCE_MS;
    let frame = 0;
    let before = "";
    let isShown = false;
    const look = () => {
      frame = requestAnimationFrame(look);
      const all = names.split("\n");
      const found = all.map((one) => document.querySelectorAll(one)).flatMap((some) => [...some]).find(isSeen);
      if (!found) {
        if (performance.now() > until && before !== "none") {
          before = "none";
          setBox(null);
        }
        return;
      }
      if (!isShown) {
        isShown = true;
        found.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      const { left, top, width, height } = found.getBoundingClientRect();
      const now = [left, top, width, height].map(Math.round).join(" ");
      if (now !== before) {
        before = now;
        setBox({ left, top, width, height });
      }
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [names]);
  return box;
}
