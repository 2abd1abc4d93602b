import { useQuery } from "@tanstack/react-query";
import { api, done, Problem, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Prompt = Shown["PromptListed"];
export type Take = Shown["PromptTake"];
/** As the server names them. */
export type Spoken = "en" | "zh-CN";
export const SPOKEN: readonly Spoken[] = ["en", "zh-CN"];

export function usePrompts() {
  const account = useAccount();
  return useQuery({
    queryKey: ["prompts"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/prompts", { params: { path: account } })),
  });
}

/** Its takes. One that only a flow names the server does not know yet: there are none. */
export function useTakes(name: Spoken, id: string, isThere: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["prompt", name, id],
    enabled: isThere,
    queryFn: () =>
      done(api.GET("/api/v1/accounts/{account_id}/prompts/{name}/{id}", { params: { path: { ...account, name, id } } })).catch((problem: unknown) => {
        if (problem instanceof Problem && problem.status === 404) return { current: null, takes: [] };
        throw problem;
      }),
  });
}

/** Where its sound is: what callers hear, or one take. */
export function useSound(name: Spoken, id: string): (take?: number | null) => string {
  const { account_id } = useAccount();
  return (take) => `/api/v1/accounts/${account_id}/prompts/${name}/${encodeURIComponent(id)}/audio${take ? `?take=${take}` : ""}`;
}
