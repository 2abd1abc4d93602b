import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
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

/** Its takes. Of a prompt that nobody has recorded there are none, and the server knows it not yet. */
export function useTakes(name: Spoken, id: string, isThere: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["prompt", name, id],
    enabled: isThere,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/prompts/{name}/{id}", { params: { path: { ...account, name, id } } })),
  });
}

/** Where its sound is: what callers hear, or one take. */
export function useSound(name: Spoken, id: string): (take?: number | null) => string {
  const { account_id } = useAccount();
  return (take) => `/api/v1/accounts/${account_id}/prompts/${name}/${encodeURIComponent(id)}/audio${take ? `?take=${take}` : ""}`;
}
