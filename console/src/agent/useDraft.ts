import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { api, done } from "../api";
import { useSession } from "../session";

const DRAFT = "/api/v1/accounts/{account_id}/conversations/{id}/draft";
/** Kept when one has paused for so long. */
const PAUSE = 800;

export interface Draft {
  note: string;
  path: string | null;
}

/** What was begun about a conversation: kept on the server, so that a reload or another device goes on with it. */
export function useDraft(conversation: string) {
  const { account } = useSession();
  const id = account.account_id;
  const timer = useRef<number>(undefined);
  const kept = useQuery({
    queryKey: ["conversation", conversation, "draft"],
    queryFn: async (): Promise<Draft | null> => {
      const { draft } = await done(api.GET(DRAFT, { params: { path: { account_id: id, id: conversation } } }));
      if (!draft) return null;
      const { note, path } = draft as Partial<Draft>;
      return { note: typeof note === "string" ? note : "", path: typeof path === "string" ? path : null };
    },
    staleTime: Infinity,
  });
  const params = useCallback(() => ({ params: { path: { account_id: id, id: conversation } } }), [id, conversation]);
  const keep = useCallback(
    (draft: Draft) => {
      window.clearTimeout(timer.current);
      // What could not be kept is still in the field; the next change tries again.
      timer.current = window.setTimeout(() => void api.PUT(DRAFT, { ...params(), body: { draft: { ...draft } as never } }).catch(() => undefined), PAUSE);
    },
    [params],
  );
  const drop = useCallback(() => {
    window.clearTimeout(timer.current);
    void api.DELETE(DRAFT, params()).catch(() => undefined);
  }, [params]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return { kept: kept.data ?? null, keep, drop };
}
