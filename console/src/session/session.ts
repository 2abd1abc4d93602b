import { createContext, useContext } from "react";
import type { Shown } from "../api";
import type { Permission } from "./permission";

export interface Session {
  user: Shown["MeReply"]["user"];
  /** As paths take it: `params: { path: { ...account, id } }`. */
  account: { account_id: string };
  /** Of who takes work items. */
  agent: Shown["MyAgent"] | null;
  permissions: ReadonlySet<Permission>;
  may: (permission: Permission) => boolean;
  version: string;
  /** What they have chosen, in whatever browser. */
  preferences: Shown["PreferencesReply"];
  /** Choose for oneself; what is not named stays. */
  prefer: (wish: Partial<Shown["PreferencesWish"]>) => Promise<void>;
  signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

/** Who is signed in; only below {@link ./SessionProvider}. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("nobody is signed in here");
  return session;
}

export const useAccount = () => useSession().account;
