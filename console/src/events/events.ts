import { createContext, useContext, useEffect, useRef } from "react";
import type { Happened } from "./line";

/** `live`: we hear everything. `away`: the line is cut; what is shown may be old. `begin`: nothing was heard yet. */
export type Liveness = "begin" | "live" | "away";

export interface Events {
  liveness: Liveness;
  /** Since when it is so. */
  since: number;
  subscribe: (listener: Listener) => () => void;
}

export interface Listener {
  happened: (happened: Happened) => void;
  /** Something happened that nobody will tell of any more: what was kept by the events is worth nothing. */
  lost?: () => void;
}

export const EventsContext = createContext<Events>({ liveness: "begin", since: 0, subscribe: () => () => undefined });

export const useEvents = () => useContext(EventsContext);

/** Hear what happens while this is shown. */
export function useHappened(happened: Listener["happened"], lost?: Listener["lost"]): void {
  const { subscribe } = useEvents();
  const newest = useRef<Listener>({ happened });
  useEffect(() => {
    newest.current = { happened, lost };
  });
  useEffect(() => subscribe({ happened: (told) => newest.current.happened(told), lost: () => newest.current.lost?.() }), [subscribe]);
}
