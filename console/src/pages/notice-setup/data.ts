import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";
import { useSave } from "../settings/data";

const PATH = "/api/v1/accounts/{account_id}/notice_setup";

export type Setup = Shown["NoticeSetupReply"];
export type Kind = Shown["NoticeKindReply"];

export function useNoticeSetup() {
  const account = useAccount();
  return useQuery({ queryKey: ["notice_setup"], queryFn: () => done(api.GET(PATH, { params: { path: account } })) });
}

/** All of it, in the place of what was read. */
export function useSaveSetup(setup: Setup | undefined) {
  return useSave(
    (path, wish: Partial<Pick<Setup, "roles" | "texts">>) =>
      done(
        api.PUT(PATH, {
          params: { path },
          body: { replaces: setup?.version ?? 0, roles: wish.roles ?? setup?.roles ?? {}, texts: wish.texts ?? setup?.texts ?? {} },
        }),
      ),
    ["notice_setup"],
    ["notice_choices"],
  );
}

/** With this for one key; without it where there is nothing to say. */
export function put<V>(all: Record<string, V>, key: string, value: V | null): Record<string, V> {
  const others = Object.fromEntries(Object.entries(all).filter(([name]) => name !== key));
  return value === null ? others : { ...others, [key]: value };
}
