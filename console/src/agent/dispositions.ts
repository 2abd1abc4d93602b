import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, done, type Shown } from "../api";
import { useSession } from "../session";
import { useLanguage } from "../words";
import { spelled } from "./tree";

/** The trees by which queues say what a conversation was about. */
export function useDispositions() {
  const { account, may } = useSession();
  return useQuery({
    queryKey: ["dispositions"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/dispositions", { params: { path: account } })),
    enabled: may("queues.read"),
  });
}

/** The words of a path in its queue's tree. */
export function useDispositionNames(): (queue: string | null | undefined, path: string | null | undefined) => string | null {
  const { data } = useDispositions();
  const { language } = useLanguage();
  return useCallback(
    (queue, path) => {
      if (!path) return null;
      const tree: readonly Shown["NodeReply"][] = (data?.queues.find((one) => one.queue === queue)?.own ?? data?.default)?.tree ?? [];
      return spelled(tree, path, language);
    },
    [data, language],
  );
}
