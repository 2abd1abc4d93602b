import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";

export type BusyHour = Shown["BusyHourNow"];

/** Figures that move are asked for every second, a busy hour of somebody else's is noticed soon. */
const RUNNING_MS = 1_000;
const RESTING_MS = 10_000;

export interface Account {
  account_id: string;
}

/** How busy: callers, within five minutes. */
export const INTENSITIES = { calm: 20, busy: 60, rush: 120 } as const;
export type Intensity = keyof typeof INTENSITIES;
export const MINUTES = 5;
export const HELPERS = 3;

const key = (account: Account) => ["demo", "busy_hour", account.account_id];

/** `null`: nobody is signed in yet. */
export function useBusyHour(account: Account | null) {
  return useQuery({
    queryKey: key(account ?? { account_id: "" }),
    enabled: account !== null,
    refetchInterval: ({ state }) => (state.data?.running ? RUNNING_MS : state.data?.available === false ? false : RESTING_MS),
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/demo/busy_hour", { params: { path: account ?? { account_id: "" } } })),
  });
}

export interface Wish {
  intensity: Intensity;
  helpers: number;
}

export function useBegin() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ account, wish }: { account: Account; wish: Wish }) => {
      const body = { callers: INTENSITIES[wish.intensity], minutes: MINUTES, helpers: wish.helpers };
      return done(api.POST("/api/v1/accounts/{account_id}/demo/busy_hour", { params: { path: account }, body }));
    },
    onSuccess: (now, { account }) => queries.setQueryData(key(account), now),
  });
}

export function useEnd() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (account: Account) => done(api.DELETE("/api/v1/accounts/{account_id}/demo/busy_hour", { params: { path: account } })),
    onSuccess: (now, account) => {
      queries.setQueryData(key(account), now);
      void queries.invalidateQueries({ queryKey: ["demo", "pack"] });
    },
  });
}
