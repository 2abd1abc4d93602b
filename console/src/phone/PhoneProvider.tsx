import { useEffect, useState, type ReactNode } from "react";
import { api, done, Problem } from "../api";
import { useSession } from "../session";
import { PhoneStore } from "./store";
import { PhoneContext } from "./usePhone";

/** Gives who has an extension a telephone in this page, as long as they are signed in. */
export function PhoneProvider({ children }: { children: ReactNode }) {
  const { account, agent, may } = useSession();
  const has = Boolean(agent?.extension) && may("conversations.answer");
  const [store, setStore] = useState<PhoneStore | null>(null);
  const id = account.account_id;
  useEffect(() => {
    if (!has) return;
    const path = { path: { account_id: id } };
    const made = new PhoneStore({
      credentials: async () => {
        const [phone, turn] = await Promise.all([
          done(api.POST("/api/v1/accounts/{account_id}/phone", { params: path })),
          done(api.GET("/api/v1/accounts/{account_id}/turn_credentials", { params: path })),
        ]);
        const iceServers = turn.urls.length > 0 ? [{ urls: turn.urls, username: turn.username ?? "", credential: turn.credential ?? "" }] : [];
        return { ...phone, iceServers };
      },
      answersItself: async (workItem) => {
        const card = await done(api.GET("/api/v1/accounts/{account_id}/work_items/{id}/card", { params: { path: { account_id: id, id: workItem } } }));
        return card.auto_answer;
      },
      isReturning: async (token) => {
        try {
          const returning = await done(api.GET("/api/v1/accounts/{account_id}/calls/returning", { params: path }));
          return returning.token === token;
        } catch (problem) {
          if (problem instanceof Problem) return false;
          throw problem;
        }
      },
    });
    setStore(made);
    void made.start();
    return () => made.stop();
  }, [has, id]);
  return <PhoneContext.Provider value={store}>{children}</PhoneContext.Provider>;
}
