import { Button } from "antd";
import { Empty, Trouble, Waiting } from "../../parts";
import { useWords } from "../../words";
import { useAgents, useFound, useInboxNames, type Found } from "./data";
import { FoundLine } from "./FoundLine";
import type { Open, Wanted } from "./wanted";
import { words } from "./words";
import css from "./Results.module.css";

interface Props {
  wish: Wanted;
  open: Open | null;
  onOpen: (open: Open) => void;
}

const isOpen = (line: Found, open: Open | null) => open?.conversation === line.conversation_id && open.ms === (line.start_ms ?? 0);

/** Lines in which somebody said it, newest first. */
export function Results({ wish, open, onOpen }: Props) {
  const t = useWords(words);
  const found = useFound(wish);
  const { data: agents } = useAgents();
  const { data: inboxes } = useInboxNames();
  if (found.isPending) return <Waiting />;
  if (found.isError) return <Trouble problem={found.error} again={() => void found.refetch()} />;
  const lines = found.data.pages.flatMap((page) => page.items);
  const names = new Map((agents ?? []).map((agent) => [agent.id, agent.name]));
  if (lines.length === 0) return <Empty title={t.nothingFound}>{t.nothingFoundHelp}</Empty>;
  return (
    <>
      <h2 className={css.count} aria-live="polite">
        {t.found(lines.length, found.hasNextPage)}
      </h2>
      <ol className={css.list}>
        {lines.map((line) => (
          <FoundLine
            key={line.note ?? `${line.conversation_id}${line.seq}`}
            line={line}
            inbox={inboxes?.find((one) => one.id === line.inbox)?.name}
            agent={line.agent ? names.get(line.agent) : undefined}
            isOpen={isOpen(line, open)}
            onOpen={onOpen}
          />
        ))}
      </ol>
      {found.hasNextPage && (
        <div className={css.more}>
          <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t.more}
          </Button>
        </div>
      )}
    </>
  );
}
