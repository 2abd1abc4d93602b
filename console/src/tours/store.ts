import { useSyncExternalStore } from "react";
import { keep, kept } from "../app/kept";

/** In this browser, by user: it may be shared, and what the server was told a moment ago may not have reached it. */
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
