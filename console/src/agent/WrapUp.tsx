import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { api, done, type Shown } from "../api";
import { Card } from "../parts/Card";
import { Clock } from "../parts/Clock";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { useWords } from "../words";
import { Choices } from "./Choices";
import { Promised } from "./Promised";
import { Tags } from "./Tags";
import { useDispositions } from "./dispositions";
import { stateOf, useChoose, usePresence } from "./hooks";
import { useDraft, type Draft } from "./useDraft";
import { words } from "./wrapUpWords";
import "./wrap-up.css";

const ACCOUNT = "/api/v1/accounts/{account_id}";
const MORE_SECONDS = 30;

/** What stays of a conversation: its category and a note. Can be begun while one talks; afterwards it has a clock. */
export function WrapUp({ conversation }: { conversation: Shown["ConversationReply"] }) {
  const t = useWords(words);
  const { account, agent } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const presence = usePresence();
  const choose = useChoose();
  const isAfter = stateOf(presence.data) === "wrap_up";
  const part = conversation.participations.filter((one) => one.agent === agent?.id).at(-1);
  const [path, setPath] = useState<string | null>(part?.disposition ?? null);
  const [note, setNote] = useState("");
  const { kept, keep, drop } = useDraft(conversation.id);
  // What was begun before a reload, unless something was typed already.
  useEffect(() => {
    if (!kept) return;
    setNote((now) => now || kept.note);
    setPath((now) => now ?? kept.path);
  }, [kept]);
  const write = (changed: Partial<Draft>) => {
    const draft = { note, path, ...changed };
    setNote(draft.note);
    setPath(draft.path);
    keep(draft);
  };

  const trees = useDispositions();
  const queue = trees.data?.queues.find((one) => one.queue === part?.queue);
  const tree = (queue?.own ?? trees.data?.default)?.tree ?? [];

  const save = useMutation({
    mutationFn: async () => {
      if (!path) return;
      const body = { path, note: note.trim() || null, participation: part?.id ?? null };
      await done(api.PUT(`${ACCOUNT}/conversations/{id}/disposition`, { params: { path: { ...account, id: conversation.id } }, body }));
    },
    onSuccess: () => {
      drop();
      void client.invalidateQueries({ queryKey: ["conversations"] });
    },
    onError: told.bad,
  });
  const extend = useMutation({
    mutationFn: () => done(api.POST(`${ACCOUNT}/presence/wrap_up`, { params: { path: account }, body: { action: "extend", seconds: MORE_SECONDS } })),
    onSuccess: (now) => client.setQueryData(["presence"], now),
    onError: told.bad,
  });
  const finish = async (body: Shown["Choice"]) => {
    await save.mutateAsync();
    choose.mutate(body);
  };
  const until = presence.data?.work.find((one) => one.state === "wrap_up")?.until;
  const clock = isAfter && until && (
    <span className="soft">
      <Clock since={until} until /> {t.left}{" "}
      <Button size="small" loading={extend.isPending} onClick={() => extend.mutate()}>
        {t.extend}
      </Button>
    </span>
  );
  return (
    <Card title={t.title} actions={clock}>
      <div className="wrap-up">
        <h3>{t.about}</h3>
        {tree.length > 0 ? <Choices tree={tree} path={path} choose={(chosen) => write({ path: chosen })} /> : <p className="soft">{t.none}</p>}
        {queue?.required && !path && <p className="soft">{t.required}</p>}
        <Tags conversation={conversation} />
        <Input.TextArea id="note" value={note} maxLength={4000} autoSize={{ minRows: 2, maxRows: 6 }} placeholder={t.note} aria-label={t.note} onChange={(event) => write({ note: event.target.value })} />
        <Promised conversation={conversation.id} />
        {isAfter ? (
          <div className="pass-actions">
            <Button type="primary" loading={save.isPending || choose.isPending} disabled={queue?.required && !path} onClick={() => void finish({ state: "ready" })}>
              {t.ready}
            </Button>
            <Button disabled={queue?.required && !path} onClick={() => void finish({ state: "not_ready", reason: "pause" })}>
              {t.pause}
            </Button>
          </div>
        ) : (
          <div className="pass-actions">
            <Button disabled={!path} loading={save.isPending} onClick={() => save.mutate(undefined, { onSuccess: () => told.good(t.saved) })}>
              {t.save}
            </Button>
            <span className="soft">{t.later}</span>
          </div>
        )}
      </div>
    </Card>
  );
}
