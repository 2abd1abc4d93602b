import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Tag = Shown["TagReply"];

const ACCOUNT = "/api/v1/accounts/{account_id}";

export function useTags() {
  const account = useAccount();
  return useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) });
}

/** How much hangs on each tag. */
export function useUsage() {
  const account = useAccount();
  return useQuery({ queryKey: ["tags", "usage"], queryFn: () => done(api.GET(`${ACCOUNT}/tags/usage`, { params: { path: account } })) });
}
