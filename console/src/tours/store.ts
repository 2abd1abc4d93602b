import { useSyncExternalStore } from "react";
import { keep, kept } from "../app/kept";

/**
 * Who has seen their tour, by user: a browser may be shared. `kept` is this browser's: on another machine somebody is shown it once more.
 */
const name = (user: string) => `tour.${user}`;
/** For machines that look at the console, and for who shows it to others: nobody is shown one unasked. */
const OFF = "tours";

let asked = 0;
const listeners = new Set<() => void>();

/** Somebody wants to see it (again). */
export function askForTour(): void {
  asked += 1;
  listeners.forEach((tell) => tell());
}

export const useAsked = () =>
  useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => asked,
  );

export const hasSeen = (user: string) => kept(OFF) === "off" || kept(name(user)) !== null;
export const sees = (user: string) => keep(name(user), "seen");
