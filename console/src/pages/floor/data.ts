import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import type { Internal } from "../../parts/internal";
import { useAccount } from "../../session";

export type Floor = Shown["FloorReply"];
export type Agent = Shown["AgentOnFloor"];
export type Queue = Shown["QueueOnFloor"];
export type Item = Shown["ItemReply"];

/** Beside the events, which tell most changes at once. */
const EVERY_MS = 3_000;

export function midnight(now = new Date()): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
}

/**
 * The floor now. Its moments are the server's; `aside` is what our clock is ahead of it. The key begins with `queues`, so that what
 * changes a queue or a presence brings it anew.
 */
export function useFloor(internal: Internal = "exclude") {
  const account = useAccount();
  return useQuery({
    queryKey: ["queues", "floor", internal],
    refetchInterval: EVERY_MS,
    refetchIntervalInBackground: true,
    queryFn: async () => {
      const floor = await done(api.GET("/api/v1/accounts/{account_id}/floor", { params: { path: account, query: { since: midnight(), internal } } }));
      return { ...floor, aside: Date.now() - floor.at };
    },
  });
}

export function useItems(enabled: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["work_items"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/work_items", { params: { path: account } })),
  });
}
