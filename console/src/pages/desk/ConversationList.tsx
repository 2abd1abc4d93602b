import { InboxOutlined } from "@ant-design/icons";
import { useNames, useMine } from "../../agent/hooks";
import type { Shown } from "../../api";
import { Empty } from "../../parts/Empty";
import { Trouble } from "../../parts/Trouble";
import { Waiting } from "../../parts/Waiting";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { ConversationRow } from "./ConversationRow";
import { words } from "./words";

/** My conversations: what runs on top, then the newest. Rows that cannot be seen are not drawn (`content-visibility`). */
export function ConversationList({ chosen, choose }: { chosen: string | null; choose: (id: string) => void }) {
  const t = useWords(words);
  const { agent } = useSession();
  const mine = useMine();
  const names = useNames();
  if (mine.isPending) return <Waiting />;
  if (mine.isError) return <Trouble problem={mine.error} again={() => void mine.refetch()} />;
  if (mine.data.length === 0) {
    return (
      <Empty icon={<InboxOutlined />} title={t.noneTitle}>
        {t.noneText}
      </Empty>
    );
  }
  const runs = (one: Shown["ConversationReply"]) => one.calls.some((call) => !call.ended_at);
  const part = (title: string, of: Shown["ConversationReply"][]) =>
    of.length > 0 && (
      <section aria-label={title}>
        <h3 className="list-title soft">{title}</h3>
        {of.map((one) => (
          <ConversationRow
            key={one.id}
            conversation={one}
            queue={names.queue(one.participations.find((part) => part.agent === agent?.id)?.queue ?? one.participations.at(-1)?.queue)}
            isChosen={one.id === chosen}
            choose={() => choose(one.id)}
          />
        ))}
      </section>
    );
  return (
    <>
      {part(t.open, mine.data.filter(runs))}
      {part(t.earlier, mine.data.filter((one) => !runs(one)))}
    </>
  );
}
