import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useSession } from "../session";
import { EventsContext, type Listener, type Liveness } from "./events";
import { follow } from "./socket";
import { touched } from "./touched";

/** Events come in bursts; what they touch is read again once per burst. */
const BURST = 120;

/** Follows what happens, for everything below: reads anew what is out of date, and tells who listens. */
export function EventsProvider({ children }: { children: ReactNode }) {
  const { account, may } = useSession();
  const client = useQueryClient();
  const [state, setState] = useState<{ liveness: Liveness; since: number }>({ liveness: "begin", since: 0 });
  const listeners = useRef(new Set<Listener>());
  const mayFollow = may("queues.read") || may("colleagues.write");

  useEffect(() => {
    if (!mayFollow) return;
    let waiting: QueryKey[] = [];
    let timer: number | undefined;
    let wasAway = false;
    const readAgain = () => {
      timer = undefined;
      const keys = new Map(waiting.map((key) => [JSON.stringify(key), key]));
      waiting = [];
      for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
    };
    const end = follow(`/api/v1/accounts/${account.account_id}/events`, {
      happened: (happened) => {
        listeners.current.forEach((one) => one.happened(happened));
        waiting.push(...touched(happened));
        timer ??= window.setTimeout(readAgain, BURST);
      },
      reset: () => {
        listeners.current.forEach((one) => one.lost?.());
        void client.invalidateQueries();
      },
      live: (live) => {
        setState((old) => (old.liveness === (live ? "live" : "away") ? old : { liveness: live ? "live" : "away", since: Date.now() }));
        // Figures that no event names (who waits how long) may have moved meanwhile.
        if (live && wasAway) void client.invalidateQueries();
        wasAway = !live;
      },
      signedOut: () => void client.invalidateQueries({ queryKey: ["me"] }),
    });
    return () => {
      end();
      window.clearTimeout(timer);
    };
  }, [account.account_id, mayFollow, client]);

  const subscribe = useCallback((listener: Listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  const value = useMemo(() => ({ ...state, subscribe }), [state, subscribe]);
  return <EventsContext.Provider value={value}>{children}</EventsContext.Provider>;
}
