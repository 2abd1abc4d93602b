import { usePhraseBook } from "../../pages/phrases/data";
import { useSession } from "../../session";
import { useAgents, useFlows, useInboxes, useQueues, useTrunks, useUsers } from "../../pages/settings/data";

/** Names of everything that a change may name by its id, as far as one may read them. */
export function useNames(): ReadonlyMap<string, string> {
  const { may } = useSession();
  const lists = [
    useUsers(may("users.manage")).data,
    useAgents(may("queues.read")).data,
    useQueues(may("queues.read")).data,
    useInboxes(may("inboxes.read")).data,
    useFlows(may("flows.read")).data,
    useTrunks(may("trunks.manage")).data,
    usePhraseBook(may("settings.manage")).data?.categories,
  ];
  return new Map(lists.flatMap((list) => (list ?? []).map(({ id, name }) => [id, name] as const)));
}
