import { useMutation, useQuery, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type User = Shown["UserReply"];
export type Role = Shown["RoleReply"];
export type Agent = Shown["AgentReply"];
export type Queue = Shown["QueueReply"];
export type QueueSheet = Shown["QueueSheet"];
export type Inbox = Shown["InboxReply"];
export type Flow = Shown["FlowReply"];
export type Trunk = Shown["TrunkReply"];

export function useUsers(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["users"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/users", { params: { path: account } })),
  });
}

export function useRoles() {
  const account = useAccount();
  return useQuery({
    queryKey: ["roles"],
    staleTime: Infinity,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/roles", { params: { path: account } })),
  });
}

export function useAgents(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["agents"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/agents", { params: { path: account } })),
  });
}

export function useQueues(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["queues"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/queues", { params: { path: account } })),
  });
}

export function useQueue(id: string | null) {
  const account = useAccount();
  return useQuery({
    queryKey: ["queue", id],
    enabled: id !== null,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/queues/{id}", { params: { path: { ...account, id: id ?? "" } } })),
  });
}

export function useInboxes(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["inboxes"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/inboxes", { params: { path: account } })),
  });
}

export function useFlows(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["flows"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/flows", { params: { path: account } })),
  });
}

export function useTrunks(enabled = true) {
  const account = useAccount();
  return useQuery({
    queryKey: ["trunks"],
    enabled,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/trunks", { params: { path: account } })),
  });
}

/** Change something; what was read of it is read again, also when it was not taken: somebody may have been quicker. */
export function useSave<V, R>(act: (account: { account_id: string }, value: V) => Promise<R>, ...touched: QueryKey[]) {
  const account = useAccount();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (value: V) => act(account, value),
    onSettled: async () => {
      await Promise.all(touched.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
}
