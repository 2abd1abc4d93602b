import { BellOutlined, QuestionCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Card, Clock, Moment, useTold } from "../../parts";
import { Ask } from "../../parts/Ask";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useAlerts, useHelp, type Alert, type Help } from "./data";
import { useRuleName } from "./firstRules";
import { words } from "./words";
import css from "./Attention.module.css";

interface Props {
  /** What an alert is about, and who asks: names by ids. */
  nameOf: (id: string) => string | undefined;
}

/** What a supervisor must see to: alerts that nobody has acknowledged, and agents who ask for help. Nothing where there is nothing. */
export function Attention({ nameOf }: Props) {
  const t = useWords(words);
  const told = useTold();
  const ruleName = useRuleName();
  const { may } = useSession();
  const { data: alerts } = useAlerts(may("performance.read"));
  const { data: help } = useHelp(may("calls.supervise"));
  const [seen, setSeen] = useState<Alert | null>(null);
  const [written, setWritten] = useState<Help | null>(null);
  const acknowledge = useSave(
    (account, { id, measure }: { id: string; measure: string }) =>
      done(api.POST("/api/v1/accounts/{account_id}/alerts/{id}/acknowledge", { params: { path: { ...account, id } }, body: { measure } })),
    ["alerts"],
  );
  const settle = useSave((account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/agents/{id}/help", { params: { path: { ...account, id } } })), ["help"]);
  const note = useSave((account, { id, text }: { id: string; text: string }) =>
    done(api.POST("/api/v1/accounts/{account_id}/agents/{id}/side_note", { params: { path: { ...account, id } }, body: { text } })),
  );
  const open = (alerts ?? []).filter((alert) => !alert.acknowledged_at);
  if (open.length === 0 && (help ?? []).length === 0) return null;
  const subject = (alert: Alert) => nameOf(alert.subject.split(":")[1] ?? "");
  const name = (one: Help) => nameOf(one.agent) ?? "";
  return (
    <Card flush title={t.openTitle} className={css.attention}>
      <ul className={css.list} role="status">
        {(help ?? []).map((one) => (
          <li key={one.agent} className={css.one}>
            <QuestionCircleOutlined aria-hidden />
            <span>
              <strong>{t.helpWanted(name(one))}</strong> <Clock since={one.at} late={60_000} /> {one.text}
            </span>
            <span className={css.acts}>
              <Button size="small" onClick={() => setWritten(one)}>
                {t.note}
              </Button>
              <Button size="small" loading={settle.isPending} onClick={() => settle.mutate(one.agent, { onError: told.bad })}>
                {t.settle}
              </Button>
            </span>
          </li>
        ))}
        {open.map((alert) => (
          <li key={alert.id} className={css.one}>
            <BellOutlined aria-hidden />
            <span>
              <strong>{ruleName(alert.name)}</strong>
              {subject(alert) && ` · ${subject(alert)}`}
              <span className="soft">
                {" · "}
                {t[alert.metric as "waiting"] ?? alert.metric}: {alert.value} · {t.since} <Moment at={alert.raised_at} />
                {alert.ended_at && ` · ${t.over}`}
              </span>
            </span>
            {may("work.assign") && (
              <span className={css.acts}>
                <Button size="small" type="primary" onClick={() => setSeen(alert)}>
                  {t.acknowledge}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {seen && (
        <Ask
          title={ruleName(seen.name)}
          label={t.measure}
          confirm={t.acknowledge}
          cancel={t.cancel}
          needed={t.needed}
          isPending={acknowledge.isPending}
          onCancel={() => setSeen(null)}
          onText={(measure) => acknowledge.mutate({ id: seen.id, measure }, { onSuccess: () => setSeen(null), onError: told.bad })}
        />
      )}
      {written && (
        <Ask
          title={t.noteTitle(name(written))}
          label={t.noteHelp}
          confirm={t.send}
          cancel={t.cancel}
          needed={t.needed}
          isPending={note.isPending}
          onCancel={() => setWritten(null)}
          onText={(text) =>
            note.mutate(
              { id: written.agent, text },
              {
                onSuccess: () => {
                  told.good(t.sent);
                  setWritten(null);
                },
                onError: told.bad,
              },
            )
          }
        />
      )}
    </Card>
  );
}
