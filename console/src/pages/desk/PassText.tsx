import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Segmented } from "antd";
import { useState, type ReactNode } from "react";
import { useColleagues, useQueues } from "../../agent/hooks";
import { isState, TONES } from "../../agent/presence";
import { words as agentWords } from "../../agent/words";
import { api, done, type Shown } from "../../api";
import { Badge } from "../../parts/Badge";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { pass: "Pass on", join: "Ask to join", asked: "They are asked. Until they take it, it is yours.", gone: "It waits there now.", whom: "To whom" },
  zh: { pass: "转接", join: "邀请加入", asked: "已发出请求，对方接受前会话仍由您处理。", gone: "会话已进入该队列等待。", whom: "转给谁" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

type Kind = "colleagues" | "queues";
type Target = Shown["TextTarget"];

/** To whom a text is passed on, or who is asked to join, and why. */
export default function PassText({ conversation, close }: { conversation: string; close: () => void }) {
  const t = useWords(words);
  const a = useWords(agentWords);
  const { account } = useSession();
  const told = useTold();
  const client = useQueryClient();
  const colleagues = useColleagues();
  const queues = useQueues();
  const [kind, setKind] = useState<Kind>("colleagues");
  const [to, setTo] = useState<{ key: string; whom: Target } | null>(null);
  const [reason, setReason] = useState("");
  const pass = useMutation({
    mutationFn: ({ whom, mode }: { whom: Target; mode: "blind" | "join" }) =>
      done(api.POST(`${ACCOUNT}/conversations/{id}/pass`, { params: { path: { ...account, id: conversation } }, body: { to: whom, mode, reason: reason.trim() || null } })),
    onSuccess: () => {
      told.good(kind === "queues" ? t.gone : t.asked);
      close();
    },
    onError: told.bad,
    onSettled: () => Promise.all(["conversation", "conversations", "offers"].map((noun) => client.invalidateQueries({ queryKey: [noun] }))),
  });
  const row = (key: string, whom: Target, name: string, beside: ReactNode) => (
    <li key={key}>
      <button type="button" className="pass-row" aria-pressed={to?.key === key} onClick={() => setTo({ key, whom })}>
        <span>{name}</span>
        {beside}
      </button>
    </li>
  );
  const go = (mode: "blind" | "join") => to && pass.mutate({ whom: to.whom, mode });
  return (
    <div className="pass-on" role="group" aria-label={t.whom}>
      <Segmented<Kind>
        block
        value={kind}
        options={(["colleagues", "queues"] as const).map((one) => ({ value: one, label: a[one] }))}
        onChange={(chosen) => {
          setKind(chosen);
          setTo(null);
        }}
      />
      <ul className="pass-list">
        {kind === "colleagues" &&
          (colleagues.data ?? []).map((one) => {
            const state = isState(one.state) ? one.state : "logged_out";
            return row(one.id, { agent: one.id }, one.name, <Badge tone={TONES[state]}>{a[state]}</Badge>);
          })}
        {kind === "colleagues" && colleagues.data?.length === 0 && <li className="soft">{a.nobody}</li>}
        {kind === "queues" && (queues.data ?? []).map((one) => row(one.id, { queue: one.id }, one.name, <span className="soft">{a.waiting(one.waiting)}</span>))}
      </ul>
      <Input value={reason} maxLength={500} placeholder={a.reason} aria-label={a.reason} onChange={(event) => setReason(event.target.value)} />
      <div className="pass-actions">
        <Button type="primary" disabled={!to} loading={pass.isPending} onClick={() => go("blind")}>
          {t.pass}
        </Button>
        <Button disabled={!to || kind === "queues"} loading={pass.isPending} onClick={() => go("join")}>
          {t.join}
        </Button>
        <Button type="text" onClick={close}>
          {a.cancel}
        </Button>
      </div>
    </div>
  );
}
