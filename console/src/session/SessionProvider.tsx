import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useMemo, type ReactNode } from "react";
import { api, done, onSignedOut, Problem, queries } from "../api";
import { NoConnection } from "../app/NoConnection";
import { Waiting } from "../parts/Waiting";
import { Trouble } from "../parts/Trouble";
import { useLanguage } from "../words";
import type { Permission } from "./permission";
import { SessionContext, type Session } from "./session";

/** Who is signed in already does not load the door. */
const SignIn = lazy(() => import("../pages/sign-in/SignIn"));

/** What somebody does before anything else. Hardly anybody sees these, and they once. */
const DUTIES = {
  change_password: lazy(() => import("../pages/security/MustChange")),
  set_up_second_factor: lazy(() => import("../pages/security/MustSetUp")),
};

const ME = ["me"];

/** Whoever was here before leaves nothing to read. That nobody is here is known by the one question that stays. */
const forget = () => queries.removeQueries({ predicate: (query) => query.queryKey[0] !== ME[0] });

/** Asks who is signed in; who is nobody signs in first, and comes back to the page they asked for. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const me = useQuery({
    queryKey: ME,
    queryFn: () =>
      done(api.GET("/api/v1/auth/me")).catch((problem: unknown) => {
        if (problem instanceof Problem && problem.status === 401) return null;
        throw problem;
      }),
    staleTime: Infinity,
    refetchOnWindowFocus: true,
  });
  useEffect(() => onSignedOut(() => client.setQueryData(ME, null)), [client]);

  const entered = useCallback(async () => {
    forget();
    await client.invalidateQueries({ queryKey: ME });
  }, [client]);

  const { refetch } = me;
  const again = useCallback(() => void refetch(), [refetch]);

  const { follow } = useLanguage();
  const language = me.data?.preferences.language;
  useEffect(() => follow(language === "zh-CN" ? "zh" : language === "en" ? "en" : null), [follow, language]);

  const session = useMemo<Session | null>(() => {
    const found = me.data;
    if (!found) return null;
    const permissions = new Set(found.permissions as Permission[]);
    return {
      user: found.user,
      account: { account_id: found.account_id },
      agent: found.agent ?? null,
      permissions,
      may: (permission) => permissions.has(permission),
      version: found.version,
      preferences: found.preferences,
      prefer: async (wish) => {
        await done(api.PUT("/api/v1/auth/me/preferences", { body: wish }));
        await client.invalidateQueries({ queryKey: ME });
      },
      signOut: async () => {
        await done(api.DELETE("/api/v1/auth/session")).catch(() => undefined);
        forget();
        client.setQueryData(ME, null);
      },
    };
  }, [me.data, client]);

  // The browser knows that it has no network, or the server did not answer: said before the last try is over.
  const isCutOff = me.fetchStatus === "paused" || (me.failureReason instanceof Problem && me.failureReason.kind === "unreachable");
  if (!me.data && isCutOff) return <NoConnection again={again} />;
  if (me.isPending) return <Waiting whole />;
  if (me.isError) return <Trouble problem={me.error} again={() => void me.refetch()} whole />;
  if (!session) {
    return (
      <Suspense fallback={<Waiting whole />}>
        <SignIn entered={entered} />
      </Suspense>
    );
  }
  const Duty = DUTIES[me.data?.must as keyof typeof DUTIES] as (typeof DUTIES)[keyof typeof DUTIES] | undefined;
  if (Duty) {
    return (
      <Suspense fallback={<Waiting whole />}>
        <Duty session={session} entered={entered} />
      </Suspense>
    );
  }
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
