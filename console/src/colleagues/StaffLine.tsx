import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { api, done } from "../api";
import { Moment } from "../parts/Moment";
import { useNow } from "../parts/now";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { useWords } from "../words";
import { leadsTo, mayRecall, readersOf, type Line, type Room } from "./data";
import { words } from "./words";

/** One line of a room: who, when, what; what it is about; whether it was read, and the way to take it back. */
export function StaffLine({ line, room, isMyLast }: { line: Line; room: Room; isMyLast: boolean }) {
  const t = useWords(words);
  const { account, agent, user, may } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const recall = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/accounts/{account_id}/staff_rooms/{id}/lines/{seq}", { params: { path: { ...account, id: room.id, seq: line.seq } } })),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["staff_room", room.id] }),
  });
  const who = line.mine ? t.me : (line.author_name ?? t.somebody);
  if (line.kind !== "said") return <li className="colleagues-event soft">{happened(line, who, t)}</li>;
  const way = line.conversation && leadsTo(line.conversation, agent !== null, may);
  const readers = isMyLast ? readersOf(room, user.id, line.seq) : 0;
  return (
    <li className={`colleagues-line ${line.mine ? "colleagues-mine" : ""}`}>
      <span className="soft">
        {who} · <Moment at={line.at} />
      </span>
      <span className="colleagues-text">{line.recalled ? <i className="soft">{t.recalled}</i> : line.text}</span>
      {line.about && (way ? <Link to={way}>{t.open}</Link> : <span className="soft">{t.closed}</span>)}
      {readers > 0 && <span className="soft">{room.name ? t.readBy(readers) : t.read}</span>}
      {line.mine && <Recall line={line} recall={() => recall.mutate()} />}
    </li>
  );
}

/** As long as it may be. */
function Recall({ line, recall }: { line: Line; recall: () => void }) {
  const t = useWords(words);
  const now = useNow();
  if (!mayRecall(line, now)) return null;
  return (
    <Button size="small" type="link" onClick={recall}>
      {t.recall}
    </Button>
  );
}

function happened(line: Line, who: string, t: (typeof words)["en"]): string {
  switch (line.kind) {
    case "made":
      return t.made(who, line.text);
    case "added":
      return t.added(who, line.whom_name ?? t.somebody);
    case "left":
      return t.left(who);
    case "named":
      return t.named(who, line.text);
    default:
      return line.text;
  }
}
