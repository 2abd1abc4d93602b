import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done } from "../../api";
import { usePhoneStore } from "../../phone/usePhone";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** More than these nobody sees to at a glance. */
const SHOWN = 20;

/** What waits to be done, of three kinds: promised callbacks, callers whom nobody served, messages. */
export function useToDo() {
  const { account } = useSession();
  const path = account;
  const callbacks = useQuery({
    queryKey: ["callbacks"],
    queryFn: () => done(api.GET(`${ACCOUNT}/callbacks`, { params: { path } })),
    // A window that begins is no event.
    refetchInterval: 60_000,
  });
  const unserved = useQuery({
    queryKey: ["unserved"],
    queryFn: () => done(api.GET(`${ACCOUNT}/unserved`, { params: { path, query: { limit: SHOWN } } })),
  });
  const messages = useQuery({
    queryKey: ["left_messages"],
    queryFn: () => done(api.GET(`${ACCOUNT}/left_messages`, { params: { path, query: { limit: SHOWN } } })),
  });
  return {
    callbacks: (callbacks.data ?? []).filter((one) => one.state !== "closed").slice(0, SHOWN),
    unserved: (unserved.data ?? []).filter((one) => one.state !== "closed"),
    messages: (messages.data ?? []).filter((one) => one.state !== "closed"),
  };
}

export type Deed =
  | { what: "call"; of: "callbacks" | "unserved"; id: string }
  | { what: "claim"; of: "unserved" | "left_messages"; id: string }
  | { what: "close"; of: "left_messages"; id: string };

/** Do one of them. Whoever else had it first is told so by the server. */
export function useDo() {
  const { account } = useSession();
  const client = useQueryClient();
  const store = usePhoneStore();
  const told = useTold();
  return useMutation({
    mutationFn: async (deed: Deed) => {
      const params = { path: { ...account, id: deed.id } };
      if (deed.what === "claim") {
        if (deed.of === "unserved") return done(api.POST(`${ACCOUNT}/unserved/{id}/claim`, { params }));
        return done(api.POST(`${ACCOUNT}/left_messages/{id}/claim`, { params }));
      }
      if (deed.what === "close") return done(api.POST(`${ACCOUNT}/left_messages/{id}/close`, { params, body: {} }));
      store?.hasAsked();
      if (deed.of === "unserved") await done(api.POST(`${ACCOUNT}/unserved/{id}/call`, { params }));
      else await done(api.POST(`${ACCOUNT}/callbacks/{id}/call`, { params }));
    },
    onError: told.bad,
    onSettled: () => {
      for (const noun of ["callbacks", "unserved", "left_messages"]) void client.invalidateQueries({ queryKey: [noun] });
    },
  });
}
