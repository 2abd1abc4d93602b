import { useMemo } from "react";
import { useSession } from "../session";
import { PAGES, type PageEntry } from "./pages";

/** The pages that are open to who is signed in. The server refuses the rest in any case. */
export function useOpenPages(): PageEntry[] {
  const { may, agent } = useSession();
  return useMemo(() => PAGES.filter((page) => page.needs.some(may) && (!page.forAgents || agent)), [may, agent]);
}
