import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { useAccount } from "../../session";

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** Beside the events: what waits and fails changes without them. */
const EVERY_MS = 15_000;

export function useChannels() {
  const account = useAccount();
  return useQuery({ queryKey: ["channels"], queryFn: () => done(api.GET(`${ACCOUNT}/channels`, { params: { path: account } })) });
}

export function useTextInboxes() {
  const account = useAccount();
  return useQuery({ queryKey: ["inboxes", "text"], queryFn: () => done(api.GET(`${ACCOUNT}/text_inboxes`, { params: { path: account } })) });
}

export function useInboxStates() {
  const account = useAccount();
  return useQuery({
    queryKey: ["inboxes", "states"],
    refetchInterval: EVERY_MS,
    queryFn: () => done(api.GET(`${ACCOUNT}/inbox_states`, { params: { path: account } })),
  });
}
