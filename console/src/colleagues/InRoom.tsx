import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useMemo, useRef } from "react";
import { api, done } from "../api";
import { Trouble } from "../parts/Trouble";
import { Waiting } from "../parts/Waiting";
import { inOrder } from "../pages/desk/outgoing";
import { useSession } from "../session";
import { useWords } from "../words";
import type { Room } from "./data";
import { Say } from "./Say";
import { StaffLine } from "./StaffLine";
import { words } from "./words";

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** Lines read at once. */
const AT_ONCE = 50;

/** What is said in a room, the newest below; what I see of it is read. */
export function InRoom({ room }: { room: Room }) {
  const t = useWords(words);
  const { account } = useSession();
  const end = useRef<HTMLLIElement>(null);
  const told = useRef(room.read);
  const path = { ...account, id: room.id };
  const pages = useInfiniteQuery({
    queryKey: ["staff_room", room.id, "lines"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam: before }) => done(api.GET(`${ACCOUNT}/staff_rooms/{id}/lines`, { params: { path, query: { before, limit: AT_ONCE } } })),
    getNextPageParam: (page) => (page.length === AT_ONCE ? page[0]?.seq : undefined),
  });
  const lines = useMemo(() => inOrder(pages.data?.pages ?? []), [pages.data]);
  const last = lines.at(-1)?.seq ?? 0;

  // In braces: newer browsers give a promise, which is nothing to clean up with.
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [last]);
  useEffect(() => {
    const read = () => {
      if (document.hidden || last <= told.current) return;
      told.current = last;
      // What does not arrive is told with the next line, or when the room is opened again.
      done(api.PUT(`${ACCOUNT}/staff_rooms/{id}/read`, { params: { path: { ...account, id: room.id } }, body: { seq: last } })).catch(() => undefined);
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [account, room.id, last]);

  const mineLast = lines.findLast((line) => line.mine && line.kind === "said" && !line.recalled)?.seq;
  return (
    <>
      {pages.isPending ? (
        <Waiting />
      ) : pages.isError ? (
        <Trouble problem={pages.error} again={() => void pages.refetch()} />
      ) : (
        <ul className="colleagues-lines" aria-live="polite" aria-label={t.title}>
          {pages.hasNextPage && (
            <li>
              <Button size="small" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                {t.earlier}
              </Button>
            </li>
          )}
          {lines.length === 0 && <li className="soft">{t.empty}</li>}
          {lines.map((line) => (
            <StaffLine key={line.seq} line={line} room={room} isMyLast={line.seq === mineLast} />
          ))}
          <li ref={end} aria-hidden="true" />
        </ul>
      )}
      <Say room={room} lines={lines} />
    </>
  );
}
