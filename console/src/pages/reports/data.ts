import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { useAccount } from "../../session";
import { useAgents, useInboxNames, useQueues, useSegments, useTags } from "../review/data";

const ACCOUNT = "/api/v1/accounts/{account_id}";

/** What everything is called that a figure is told by. */
export function useNames() {
  const [agents, queues, inboxes, tags, segments] = [useAgents(), useQueues(), useInboxNames(), useTags(), useSegments()];
  const all = [agents, queues, inboxes, tags, segments].flatMap(({ data }) => (data ?? []).map((one) => [one.id, one.name] as const));
  const names = new Map(all);
  const choices = (of: readonly { id: string; name: string }[] | undefined) => (of ?? []).map((one) => ({ value: one.id, label: one.name }));
  return { get: (id: string) => names.get(id), inboxes: choices(inboxes.data), tags: choices(tags.data), segments: choices(segments.data) };
}

/** The rows behind a figure, the newest 500. */
export function useRows(metric: string, wanted: Record<string, string | number>) {
  const account = useAccount();
  return useQuery({
    queryKey: ["reports", metric, "rows", wanted],
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/{metric}/rows`, { params: { path: { ...account, metric }, query: wanted as { from: number } } })),
  });
}
