import { Button } from "antd";
import { Clock } from "../parts/Clock";
import { useWords } from "../words";
import type { CallState } from "./callState";
import { useNames } from "./hooks";
import { useOrder } from "./useOrder";
import { words } from "./words";

/** A transfer on its way: whom I ask, and how it goes on. */
export function Asked({ state }: { state: CallState }) {
  const t = useWords(words);
  const names = useNames();
  const order = useOrder(state.call);
  if (state.askedBy) return <div className="asked">{t.askedBy(names.agent(state.askedBy) ?? t.someone)}</div>;
  const { transfer } = state;
  if (!transfer) return null;
  const { target } = transfer;
  const said = (value: unknown) => (typeof value === "string" ? value : null);
  const who = names.agent(transfer.asked ?? said(target.agent)) ?? names.queue(said(target.queue)) ?? said(target.number) ?? (target.kind === "supervisor" ? t.dutySupervisor : t.someone);
  const text = transfer.mode === "consult" ? t.consulting(who) : transfer.mode === "join" ? t.joining(who) : t.transferring(who);
  return (
    <div className="asked" role="status">
      <span>
        {text} <Clock since={transfer.since} />
      </span>
      <span className="pass-actions">
        {transfer.mode === "consult" && (
          <Button size="small" type="primary" onClick={() => order.mutate({ what: "complete" })}>
            {t.complete}
          </Button>
        )}
        {transfer.mode === "consult" && transfer.asked && (
          <Button size="small" onClick={() => order.mutate({ what: "merge" })}>
            {t.together}
          </Button>
        )}
        <Button size="small" onClick={() => order.mutate({ what: "return" })}>
          {t.back}
        </Button>
      </span>
    </div>
  );
}
