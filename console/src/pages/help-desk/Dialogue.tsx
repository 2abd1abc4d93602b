import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useRef } from "react";
import { api, done } from "../../api";
import { Card, Moment, Trouble, useNow, useTold, Waiting } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { mayRecall, spoken, useLines, type Desk, type Line, type Talk } from "./data";
import { HelpFiles } from "./HelpFiles";
import { Say } from "./Say";
import { Writing } from "./Writing";
import { words } from "./words";

const ACCOUNT = "/api/v1/accounts/{account_id}";

interface Props {
  /** `null`: nothing was written yet. */
  talk: Talk | null;
  /** `null`: one cannot write to it any more. */
  desk: Desk | null;
  begun: (conversation: string) => void;
}

/** One conversation with a help desk, as who asks has it. */
export function Dialogue({ talk, desk, begun }: Props) {
  const t = useWords(words);
  const account = useAccount();
  const client = useQueryClient();
  const lines = useLines(talk?.id ?? null);
  const end = useRef<HTMLDivElement>(null);
  const shown = spoken(lines.data ?? []);
  const last = lines.data?.at(-1)?.seq ?? 0;
  const read = useMutation({
    mutationFn: ({ id, seq }: { id: string; seq: number }) => done(api.PUT(`${ACCOUNT}/help_talks/{id}/read`, { params: { path: { ...account, id } }, body: { seq } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["help_desk"], exact: true }),
  });
  const { mutate } = read;
  const unread = talk && talk.unread > 0 ? talk.id : null;
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
    if (unread && last > 0) mutate({ id: unread, seq: last });
  }, [unread, last, mutate]);
  const name = desk?.name ?? talk?.inbox_name ?? "";
  return (
    <Card title={name}>
      {talk && lines.isPending ? (
        <Waiting />
      ) : lines.isError ? (
        <Trouble problem={lines.error} again={() => void lines.refetch()} />
      ) : (
        <div className="help-lines" role="log" tabIndex={0} aria-label={t.dialogue}>
          <ul>
            {shown.length === 0 && <li className="soft">{t.first}</li>}
            {shown.map((line) => (
              <Said key={line.seq} line={line} talk={talk?.id ?? ""} desk={name} />
            ))}
          </ul>
          <div ref={end} />
        </div>
      )}
      <Writing talk={talk?.id ?? null} />
      {desk ? <Say inbox={desk.id} talk={talk?.id ?? null} lines={lines.data ?? []} begun={begun} /> : <p className="soft">{t.gone}</p>}
    </Card>
  );
}

/** A line: who, when, what; or what happened. */
function Said({ line, talk, desk }: { line: Line; talk: string; desk: string }) {
  const t = useWords(words);
  const who = line.by === "me" ? t.me : (line.name ?? desk);
  if (line.kind !== "text") return <li className="soft help-event">{happened(line, who, t)}</li>;
  return (
    <li className={line.by === "me" ? "help-line help-mine" : "help-line"}>
      <span className="soft">
        {who} · <Moment at={line.at ?? 0} /> {line.edited && !line.recalled ? t.edited : null}
      </span>
      {line.recalled ? <i className="soft">{t.recalled}</i> : line.text ? <span className="help-text">{line.text}</span> : null}
      <HelpFiles files={line.files ?? []} />
      <Recall line={line} talk={talk} />
    </li>
  );
}

/** As long as it may be. */
function Recall({ line, talk }: { line: Line; talk: string }) {
  const t = useWords(words);
  const account = useAccount();
  const client = useQueryClient();
  const told = useTold();
  const now = useNow();
  const recall = useMutation({
    mutationFn: () => done(api.DELETE(`${ACCOUNT}/help_talks/{id}/lines/{seq}`, { params: { path: { ...account, id: talk, seq: line.seq } } })),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["help_desk"] }),
  });
  if (!mayRecall(line, now)) return null;
  return (
    <Button size="small" type="link" loading={recall.isPending} onClick={() => recall.mutate()}>
      {t.recall}
    </Button>
  );
}

function happened(line: Line, who: string, t: (typeof words)["en"]): string {
  switch (line.kind) {
    case "joined":
      return line.from ? t.tookOver(who, line.from) : t.joined(who);
    case "left":
      return t.left(who);
    case "passed":
      return t.passed;
    default:
      return t.closed;
  }
}
