import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";
import { useTold } from "../parts/told";
import { useSession } from "../session";

const CALL = "/api/v1/accounts/{account_id}/calls/{id}";

/** What one orders of a running call. */
export type Order =
  | { what: "hold" | "mute"; on: boolean }
  | { what: "transfer"; to: Shown["ToWhom"]; mode: "blind" | "consult" | "join"; reason?: string }
  | { what: "complete" | "return" | "merge" | "leave" | "park" | "hangup" | "retrieve" }
  | { what: "keys"; digits: string }
  | { what: "recording"; action: "pause" | "unmask" | "mask" | "start" | "stop" };

/** Orders for one call. What became of them comes as events; the facts are read again at once all the same. */
export function useOrder(call: string | undefined) {
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  return useMutation({
    mutationFn: async (order: Order) => {
      const params = { path: { ...account, id: call ?? "" } };
      switch (order.what) {
        case "hold":
          return done(api.POST(`${CALL}/hold`, { params, body: { on: order.on } }));
        case "mute":
          return done(api.POST(`${CALL}/mute`, { params, body: { on: order.on } }));
        case "transfer":
          await done(api.POST(`${CALL}/transfer`, { params, body: { to: order.to, mode: order.mode, reason: order.reason || null } }));
          return;
        case "complete":
          return done(api.POST(`${CALL}/transfer/complete`, { params, body: {} }));
        case "return":
          return done(api.POST(`${CALL}/transfer/return`, { params, body: {} }));
        case "merge":
          return done(api.POST(`${CALL}/transfer/merge`, { params, body: {} }));
        case "leave":
          return done(api.POST(`${CALL}/leave`, { params, body: {} }));
        case "park":
          return done(api.POST(`${CALL}/park`, { params, body: {} }));
        case "retrieve":
          return done(api.POST(`${CALL}/retrieve`, { params }));
        case "hangup":
          return done(api.POST(`${CALL}/hangup`, { params }));
        case "keys":
          return done(api.POST(`${CALL}/keys`, { params, body: { digits: order.digits } }));
        case "recording":
          return done(api.POST(`${CALL}/recording`, { params, body: { action: order.action } }));
      }
    },
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["conversation"] }),
  });
}
