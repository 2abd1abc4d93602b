import { useSyncExternalStore } from "react";

/**
 * One clock for all that count seconds on the page: they turn together, and a page of a hundred clocks has one timer. A hidden tab's
 * timers are slowed down by the browser; what is shown is computed from the time, so nothing is lost by it.
 */
const listeners = new Set<() => void>();
let timer: number | undefined;
let second = Math.floor(Date.now() / 1000);

function tick() {
  second = Math.floor(Date.now() / 1000);
  listeners.forEach((tell) => tell());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 500);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time in milliseconds, new every second. */
export const useNow = () => useSyncExternalStore(subscribe, () => second) * 1000;
