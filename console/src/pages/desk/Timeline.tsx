import { ArrowLeftOutlined, FileTextOutlined, PhoneOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Suspense, useCallback, useMemo, useState } from "react";
import { useNames } from "../../agent/hooks";
import { useDial } from "../../agent/useDial";
import { api, done, type Shown } from "../../api";
import { useHappened } from "../../events";
import { callEvents, happening, happeningText } from "../../parts/callEvents";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { MaskedNumber } from "../../parts/MaskedNumber";
import { Moment } from "../../parts/Moment";
import { Trouble } from "../../parts/Trouble";
import { Waiting } from "../../parts/Waiting";
import { Windowed } from "../../parts/Windowed";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Why } from "./Why";
import { Writer } from "./Writer";
import { Files } from "./Files";
import { withClips } from "./clips";
import { inOrder, wayOf } from "./outgoing";
import { AT_ONCE, following, Known, NEWEST, OLDEST, preceding } from "./pages";
import { words } from "./words";
import { later } from "../../parts/later";

const Answering = later(() => import("./Answering"));

const keyOf = (line: Shown["MessageReply"]) => line.seq;
// Whatever somebody wrote is what they wrote, also where it looks like an event of ours.
const isSaid = (line: Shown["MessageReply"]) => line.kind === "speech" || line.kind === "message" || happening(line.text) === null;
const WAYS = ["pending", "unknown", "sent", "failed", "delivered", "read"] as const;
const NOTHING_READ = { delivered: 0, read: 0 };

/**
 * A conversation as it went: what was said, and what happened. Of a long one what can be seen is drawn, and the rest is read as one goes
 * there. A talk by text is read from its end, which one follows; a call from its beginning.
 */
export function Timeline({ conversation, close }: { conversation: Shown["ConversationReply"]; close: () => void }) {
  const t = useWords(words);
  const { account, agent } = useSession();
  const events = useWords(callEvents);
  const names = useNames();
  const dial = useDial();
  const isText = conversation.channel !== "phone";
  const [known] = useState(() => new Known<Shown["MessageReply"]>());
  useHappened(
    ({ type, data }) => {
      if (data.conversation === conversation.id) known.hear(type, data);
    },
    () => known.forget(),
  );
  const lines = useInfiniteQuery({
    queryKey: ["conversation", conversation.id, "messages"],
    initialPageParam: isText ? NEWEST : OLDEST,
    queryFn: async ({ pageParam }) => {
      // The lines of a call are replaced when it is heard again.
      const there = isText && known.page(pageParam);
      if (there) return there;
      const asked = known.now();
      const page = await done(
        api.GET("/api/v1/accounts/{account_id}/conversations/{id}/messages", {
          params: { path: { ...account, id: conversation.id }, query: { ...pageParam, limit: AT_ONCE } },
        }),
      );
      known.keep(page, asked);
      return page;
    },
    getNextPageParam: following,
    getPreviousPageParam: preceding,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = lines;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const { hasPreviousPage, isFetchingPreviousPage, fetchPreviousPage } = lines;
  const earlier = useCallback(() => {
    if (hasPreviousPage && !isFetchingPreviousPage) void fetchPreviousPage();
  }, [hasPreviousPage, isFetchingPreviousPage, fetchPreviousPage]);
  const call = conversation.calls.at(-1);
  const all = useMemo(() => inOrder(lines.data?.pages ?? []), [lines.data]);
  const { rows, said } = useMemo(() => withClips(all), [all]);
  const cursors = useQuery({
    queryKey: ["conversation", conversation.id, "cursors"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/cursors", { params: { path: { ...account, id: conversation.id } } })),
    enabled: isText,
  });
  const isMine = !conversation.closed_at && conversation.participations.some((part) => part.agent === agent?.id && !part.left_at);
  const speaker = (line: Shown["MessageReply"]) => {
    if (line.speaker === "agent") return line.agent === agent?.id ? t.me : (names.agent(line.agent) ?? t.agent);
    return line.speaker === "contact" ? t.contact : line.speaker === "bot" ? t.bot : null;
  };
  return (
    <Card
      flush
      className="timeline-card"
      title={
        <span className="timeline-title">
          <Button className="timeline-back" type="text" size="small" icon={<ArrowLeftOutlined />} aria-label={t.close} onClick={close} />
          {isText ? <Writer conversation={conversation} /> : <MaskedNumber number={call?.direction === "outbound" ? call.to : call?.from} />}
        </span>
      }
      actions={
        !isText && (
        <Button type="text" icon={<PhoneOutlined />} loading={dial.isPending} onClick={() => dial.mutate({ conversation: conversation.id })}>
          {t.callBack}
        </Button>
        )
      }
    >
      {lines.isPending ? (
        <Waiting />
      ) : lines.isError ? (
        <Trouble problem={lines.error} again={() => void lines.refetch()} />
      ) : all.length === 0 ? (
        <Empty icon={<FileTextOutlined />} title={t.timelineEmpty} />
      ) : (
        <Windowed
          rows={rows}
          keyOf={keyOf}
          guess={29}
          className={isText && isMine ? "timeline timeline-answered" : "timeline"}
          label={t.transcript}
          nearEnd={more}
          nearStart={earlier}
          toEnd={isText ? t.toEnd : undefined}
          rowClass={(line) => (isSaid(line) && speaker(line) ? `line line-${line.speaker}` : "line line-system")}
          render={(line) => {
            const event = isSaid(line) ? null : happening(line.text);
            const who = event ? null : speaker(line);
            return (
              <>
                <span className="line-time soft">
                  <Moment at={line.at} />
                </span>
                <span className="line-text">
                  {who && <span className="said-who">{who}</span>} {event ? happeningText(event, events, names) : line.recalled_at ? t.recalled : line.text}
                  <Files files={line.attachments} said={said} />
                  <Way line={line} cursors={cursors.data ?? NOTHING_READ} />
                </span>
              </>
            );
          }}
        />
      )}
      <Why conversation={conversation.id} />
      {isText && isMine && (
        <Suspense fallback={<Waiting />}>
          <Answering conversation={conversation} lines={all} />
        </Suspense>
      )}
    </Card>
  );
}

/** How a text of ours fares, and whether it was changed. */
function Way({ line, cursors }: { line: Shown["MessageReply"]; cursors: { delivered: number; read: number } }) {
  const t = useWords(words);
  const way = wayOf(line, cursors);
  if (!way && !line.edited_at) return null;
  const said = way && WAYS.find((known) => known === way) ? t[way as (typeof WAYS)[number]] : way;
  return (
    <span className="soft">
      {" "}
      {[line.edited_at && !line.recalled_at ? t.edited : null, said, line.reason].filter(Boolean).join(" · ")}
    </span>
  );
}
