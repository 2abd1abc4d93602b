import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Desk = Shown["HelpDeskInbox"];
export type Talk = Shown["HelpTalk"];
export type Line = Shown["HelpLine"];

/** What is open at the right: a conversation, or a desk to which I have not written yet. */
export type Chosen = { talk: string } | { desk: string } | null;

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** Lines that the server gives at once. */
const PAGE = 200;
/** Nobody is told by an event that somebody who answers has come to work. */
const GLANCE = 30_000;

/** To whom I can write, and what I asked before. */
export function useHelpDesk(isSeen: boolean) {
  const account = useAccount();
  return useQuery({
    queryKey: ["help_desk"],
    queryFn: () => done(api.GET(`${ACCOUNT}/help_desk`, { params: { path: account } })),
    refetchInterval: isSeen && GLANCE,
  });
}

/** All lines of one of mine, in their order. */
export function useLines(talk: string | null) {
  const account = useAccount();
  return useQuery({
    queryKey: ["help_desk", "lines", talk],
    enabled: talk !== null,
    queryFn: async () => {
      const all: Line[] = [];
      for (;;) {
        const query = { after: all.at(-1)?.seq ?? 0 };
        const page = await done(api.GET(`${ACCOUNT}/help_talks/{id}/lines`, { params: { path: { ...account, id: talk ?? "" }, query } }));
        all.push(...page);
        if (page.length < PAGE) return all;
      }
    },
  });
}

const SPOKEN = ["text", "joined", "left", "passed", "closed"];

/** Those that say something. That one was recalled or edited is seen at itself. */
export const spoken = (lines: readonly Line[]) => lines.filter((line) => SPOKEN.includes(line.kind));

/** What goes on with a desk; else what I wrote to it last, which another text takes up again for a day. */
export const withDesk = (talks: readonly Talk[], desk: string) => talks.find((talk) => talk.inbox === desk && !talk.closed_at) ?? talks.find((talk) => talk.inbox === desk) ?? null;

/** How long the server lets one take a text back; it has the last word. */
const RECALL = 120_000;
export const mayRecall = (line: Line, now: number) => line.kind === "text" && line.by === "me" && !line.recalled && now - (line.at ?? 0) < RECALL;
