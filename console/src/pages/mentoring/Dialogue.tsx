import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useNames } from "../../agent/hooks";
import { api, done, type Shown } from "../../api";
import { Card, Trouble, useTold, Waiting } from "../../parts";
import { callEvents, happening, happeningText } from "../../parts/callEvents";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Captions } from "../desk/Captions";
import { useSave } from "../settings/data";
import { Whisper } from "./Whisper";
import { words } from "./words";

const ACCOUNT = "/api/v1/accounts/{account_id}";
type Line = Shown["MessageReply"];

/** One live talk of somebody whom I mentor: what is said, as it comes, and what I say to them on the side. */
export function Dialogue({ talk }: { talk: Shown["MentoredTalk"] }) {
  const t = useWords(words);
  const events = useWords(callEvents);
  const { account } = useSession();
  const names = useNames();
  const told = useTold();
  const [text, setText] = useState("");
  const { id, channel, calls } = talk.conversation;
  const params = { path: { ...account, id } };
  const lines = useQuery({
    queryKey: ["conversation", id, "mentored"],
    queryFn: () => done(api.GET(`${ACCOUNT}/mentoring/talks/{id}/messages`, { params: { ...params, query: { limit: 200 } } })),
  });
  const mine = useQuery({
    queryKey: ["conversation", id, "suggestions"],
    queryFn: () => done(api.GET(`${ACCOUNT}/conversations/{id}/suggestions`, { params })),
  });
  const suggest = useSave((_, said: string) => done(api.POST(`${ACCOUNT}/mentoring/talks/{id}/suggestions`, { params, body: { text: said } })), ["conversation", id, "suggestions"]);
  const call = calls.find((one) => !one.ended_at)?.id;
  const who = (line: Line) => ({ contact: t.contact, bot: t.bot, agent: names.agent(line.agent) ?? t.somebody })[line.speaker];
  const shown = (line: Line) => {
    const event = line.kind === "message" || line.kind === "speech" ? null : happening(line.text);
    return event ? happeningText(event, events, names) : line.text;
  };
  const send = () => {
    const said = text.trim();
    if (said) suggest.mutate(said, { onSuccess: () => setText(""), onError: told.bad });
  };
  const outcome = (one: Shown["SuggestionReply"]) => (one.outcome === "taken" ? t.taken : one.outcome === "dismissed" ? t.dismissed : t.waits);
  return (
    <>
      {channel === "phone" && call && <Whisper call={call} agent={talk.agent} />}
      {channel === "phone" && <Captions conversation={id} />}
      <Card title={t.dialogue} flush>
        {lines.isPending ? (
          <Waiting />
        ) : lines.isError ? (
          <Trouble problem={lines.error} again={() => void lines.refetch()} />
        ) : (
          <div className="mentored-lines" role="log" tabIndex={0} aria-label={t.dialogue}>
            {lines.data.map((line) => (
              <p key={line.seq}>
                {line.kind === "message" || line.kind === "speech" ? <span className="said-who">{who(line)}</span> : null} <span className="line-text">{shown(line)}</span>
              </p>
            ))}
          </div>
        )}
      </Card>
      <Card title={t.mine}>
        <ul className="suggested" aria-label={t.mine}>
          {mine.data?.map((one) => (
            <li key={one.id}>
              <span className="line-text">{one.text}</span> <span className="soft">{outcome(one)}</span>
            </li>
          ))}
        </ul>
        <Input.TextArea
          value={text}
          maxLength={1000}
          autoSize={{ minRows: 1, maxRows: 4 }}
          placeholder={t.suggestHint}
          aria-label={t.suggest}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            // While an input method is composing, Enter chooses a word.
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <Button type="primary" className="suggest" disabled={!text.trim()} loading={suggest.isPending} onClick={send}>
          {t.send}
        </Button>
      </Card>
    </>
  );
}
