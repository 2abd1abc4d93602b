import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { useDispositionNames } from "../../agent/dispositions";
import { useNames } from "../../agent/hooks";
import { api, done, type Shown } from "../../api";
import { Badge, Card, Moment, Trouble } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";

type Line = Shown["TimelineLine"];

/** Everything there was with them over all channels, newest first: calls, chats, tickets. */
export function Timeline({ contact }: { contact: string }) {
  const t = useWords(words);
  const account = useAccount();
  const all = useInfiniteQuery({
    queryKey: ["conversations", "of", contact],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before }) => done(api.GET("/api/v1/accounts/{account_id}/contacts/{id}/timeline", { params: { path: { ...account, id: contact }, query: { before } } })),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const lines = all.data?.pages.flatMap((page) => page.lines) ?? [];
  return (
    <Card title={t.timeline}>
      {all.isError && <Trouble problem={all.error} again={() => void all.refetch()} />}
      {all.isSuccess && lines.length === 0 && <p className="soft">{t.noConversations}</p>}
      <ul className="contact-list" aria-label={t.timeline}>
        {lines.map((line) => (
          <Row key={`${line.kind} ${line.id}`} line={line} />
        ))}
      </ul>
      {all.hasNextPage && (
        <Button loading={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </Card>
  );
}

function Row({ line }: { line: Line }) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const names = useNames();
  const disposition = useDispositionNames();
  const { agent } = useSession();
  const isTicket = line.kind === "ticket";
  const source = isTicket ? `${t.ticket} ${String(line.number)}` : [channels[line.channel ?? ""] ?? line.channel, line.inbox].filter(Boolean).join(" · ");
  const what = [line.direction === "outbound" && t.outbound, names.queue(line.queue), line.disposition && disposition(line.queue, line.disposition), line.agent && names.agent(line.agent)].filter(Boolean).join(" · ");
  const place = isTicket ? `/tickets/${line.id}` : agent ? `/desk?conversation=${line.id}` : null;
  return (
    <li className="contact-line">
      <Moment at={line.at} />
      {place ? <Link to={place}>{source}</Link> : <span>{source}</span>}
      <span className="soft">{what}</span>
      <Badge tone={line.ended_at ? "quiet" : "good"}>{line.ended_at ? t.closed : t.open}</Badge>
      {line.text && <span style={{ flexBasis: "100%", overflowWrap: "anywhere" }}>{line.text}</span>}
    </li>
  );
}
