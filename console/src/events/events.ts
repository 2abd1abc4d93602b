import { createContext, useContext, useEffect, useRef } from "react";
import type { Happened } from "./line";

/** `live`: we hear everything. `away`: the line is cut; what is shown may be old. `begin`: nothing was heard yet. */
export type Liveness = "begin" | "live" | "away";

export interface Events {
  liveness: Liveness;
  /** Since when it is so. */
  since: number;
  subscribe: (listener: (happened: Happened) => void) => () => void;
}

export const EventsContext = createContext<Events>({ liveness: "begin", since: 0, subscribe: () => () => undefined });

export const useEvents = () => useContext(EventsContext);

/** Hear what happens while this is shown. */
export function useHappened(listener: (happened: Happened) => void): void {
  const { subscribe } = useEvents();
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => subscribe((happened) => newest.current(happened)), [subscribe]);
}
