import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Rule = Shown["AlertRuleReply"];
export type Alert = Shown["AlertReply"];
export type Help = Shown["HelpReply"];

/** Beside the events, which tell of most at once. */
const EVERY_MS = 10_000;

export function useRules() {
  const account = useAccount();
  return useQuery({
    queryKey: ["alert_rules"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/alert_rules", { params: { path: account } })),
  });
}

export function useAlerts(enabled: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["alerts"],
    enabled,
    refetchInterval: EVERY_MS,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/alerts", { params: { path: account } })),
  });
}

export function useHelp(enabled: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["help"],
    enabled,
    refetchInterval: EVERY_MS,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/help", { params: { path: account } })),
  });
}
