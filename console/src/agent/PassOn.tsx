import { Button, Input, Segmented } from "antd";
import { useState, type ReactNode } from "react";
import type { Shown } from "../api";
import { Badge } from "../parts/Badge";
import { useWords } from "../words";
import { useColleagues, useQueues } from "./hooks";
import { isState, TONES } from "./presence";
import { useOrder, type Order } from "./useOrder";
import { words } from "./words";

type Kind = "colleagues" | "queues" | "number";
type Mode = Extract<Order, { what: "transfer" }>["mode"];

/** Pass the contact on: to whom, and whether one asks first. */
export function PassOn({ call, done }: { call: string; done: () => void }) {
  const t = useWords(words);
  const order = useOrder(call);
  const colleagues = useColleagues();
  const queues = useQueues();
  const [kind, setKind] = useState<Kind>("colleagues");
  const [to, setTo] = useState<{ key: string; whom: Shown["ToWhom"] } | null>(null);
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const target = kind === "number" ? (number.trim() ? { number: number.trim() } : null) : (to?.whom ?? null);
  const go = (mode: Mode) => {
    if (target) order.mutate({ what: "transfer", to: target, mode, reason: reason.trim() }, { onSuccess: done });
  };
  const row = (key: string, whom: Shown["ToWhom"], name: string, beside?: ReactNode) => (
    <li key={key}>
      <button type="button" className="pass-row" aria-pressed={to?.key === key} onClick={() => setTo({ key, whom })}>
        <span>{name}</span>
        {beside}
      </button>
    </li>
  );
  return (
    <div className="pass-on">
      <Segmented<Kind>
        block
        value={kind}
        options={(["colleagues", "queues", "number"] as const).map((one) => ({ value: one, label: t[one] }))}
        onChange={(chosen) => {
          setKind(chosen);
          setTo(null);
        }}
      />
      {kind === "colleagues" && (
        <ul className="pass-list">
          {row("supervisor", { supervisor: true }, t.dutySupervisor)}
          {(colleagues.data ?? []).map((one) => {
            const state = isState(one.state) ? one.state : "logged_out";
            return row(one.id, { agent: one.id }, one.name, <Badge tone={TONES[state]}>{t[state]}</Badge>);
          })}
          {colleagues.data?.length === 0 && <li className="soft">{t.nobody}</li>}
        </ul>
      )}
      {kind === "queues" && (
        <ul className="pass-list">{(queues.data ?? []).map((one) => row(one.id, { queue: one.id }, one.name, <span className="soft">{t.waiting(one.waiting)}</span>))}</ul>
      )}
      {kind === "number" && <Input value={number} inputMode="tel" placeholder={t.dialHint} aria-label={t.dialHint} onChange={(event) => setNumber(event.target.value)} />}
      <Input value={reason} maxLength={500} placeholder={t.reason} aria-label={t.reason} onChange={(event) => setReason(event.target.value)} />
      <div className="pass-actions">
        <Button type="primary" disabled={!target || kind === "queues"} loading={order.isPending} onClick={() => go("consult")}>
          {t.consult}
        </Button>
        <Button disabled={!target} loading={order.isPending} onClick={() => go("blind")}>
          {t.blind}
        </Button>
        <Button disabled={!target || kind === "queues"} loading={order.isPending} onClick={() => go("join")}>
          {t.join}
        </Button>
        <Button type="text" onClick={done}>
          {t.cancel}
        </Button>
      </div>
    </div>
  );
}
