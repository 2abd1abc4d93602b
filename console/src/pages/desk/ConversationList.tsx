import { InboxOutlined } from "@ant-design/icons";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Suspense, useCallback, useMemo, useState } from "react";
import { useNames, useTextOffers } from "../../agent/hooks";
import { api, done, type Shown } from "../../api";
import { Empty } from "../../parts/Empty";
import { Trouble } from "../../parts/Trouble";
import { Waiting } from "../../parts/Waiting";
import { Windowed } from "../../parts/Windowed";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { ConversationRow } from "./ConversationRow";
import type { ListWish } from "./ListFilter";
import { inOrder, type Row } from "./listed";
import { words } from "./words";
import { later } from "../../parts/later";

// Its lists to choose from are heavy, and the conversations are there before somebody wants fewer of them.
const ListFilter = later(() => import("./ListFilter"));

/** Conversations read at once. */
const AT_ONCE = 100;
const keyOf = (row: Row) => (row.is === "title" ? row.title : row.one.id);

/** My conversations: what runs on top, then the newest; older ones are read as one goes down to them. */
export function ConversationList({ chosen, choose }: { chosen: string | null; choose: (one: Shown["ConversationReply"]) => void }) {
  const t = useWords(words);
  const { account, agent } = useSession();
  const names = useNames();
  const inHand = useTextOffers().data;
  const awaited = (id: string) => {
    const found = inHand?.find((one) => one.conversation === id);
    return found?.waiting_since && found.late_at ? { since: found.waiting_since, lateAt: found.late_at } : null;
  };
  const [wish, setWish] = useState<ListWish>({});
  const tags = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/tags", { params: { path: account } })) }).data ?? [];
  const list = useInfiniteQuery({
    queryKey: ["conversations", "list", wish],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      done(
        api.GET("/api/v1/accounts/{account_id}/conversations", {
          params: { path: account, query: { ...wish, limit: AT_ONCE, ...(pageParam && { before: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => (page.length === AT_ONCE ? page.at(-1)?.id : undefined),
    // The filter stands where it is while what it wants is read.
    placeholderData: keepPreviousData,
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const all = useMemo(() => list.data?.pages.flat() ?? [], [list.data]);
  const rows = useMemo(() => inOrder(all, t.open, t.earlier), [all, t]);
  const filter = (
    <Suspense>
      <ListFilter wish={wish} onWish={setWish} tags={tags} rows={all} />
    </Suspense>
  );
  const isFiltered = Object.values(wish).some(Boolean);
  if (list.isPending) return <Waiting />;
  if (list.isError) return <Trouble problem={list.error} again={() => void list.refetch()} />;
  if (rows.length === 0) {
    return (
      <>
        {isFiltered && filter}
        <Empty icon={<InboxOutlined />} title={isFiltered ? t.noneLikeIt : t.noneTitle}>
          {isFiltered ? t.noneLikeItText : t.noneText}
        </Empty>
      </>
    );
  }
  return (
    <>
      {filter}
      <Windowed
        rows={rows}
        keyOf={keyOf}
        guess={58}
        className="conversations"
        label={t.mine}
        nearEnd={more}
        render={(row) =>
          row.is === "title" ? (
            <h3 className="list-title soft">{row.title}</h3>
          ) : (
            <ConversationRow
              conversation={row.one}
              queue={names.queue(row.one.participations.find((part) => part.agent === agent?.id)?.queue ?? row.one.participations.at(-1)?.queue)}
              tags={tags.filter((tag) => row.one.tags.includes(tag.id))}
              awaited={awaited(row.one.id)}
              isChosen={row.one.id === chosen}
              choose={() => choose(row.one)}
            />
          )
        }
      />
    </>
  );
}
