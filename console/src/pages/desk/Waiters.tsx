import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useNames, usePresence, useWork, stateOf } from "../../agent/hooks";
import { api, done } from "../../api";
import { Card } from "../../parts/Card";
import { Clock } from "../../parts/Clock";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";

/** From here on a wait is too long to leave unmarked. */
const LATE = 120_000;
/** More are counted, not shown. */
const SHOWN = 8;

/** Who waits in my queues, the longest first. */
export function Waiters() {
  const t = useWords(words);
  const { account } = useSession();
  const told = useTold();
  const names = useNames();
  const work = useWork();
  const presence = usePresence();
  const waiting = (work.data ?? []).filter((item) => item.state === "waiting").sort((a, b) => a.enqueued_at - b.enqueued_at);
  const pick = useMutation({
    mutationFn: (id: string) => done(api.POST("/api/v1/accounts/{account_id}/work_items/{id}/pick", { params: { path: { ...account, id } } })),
    onError: told.bad,
  });
  const mayPick = ["ready", "not_ready"].includes(stateOf(presence.data));
  return (
    <Card title={t.waiting} actions={waiting.length > 0 && <span className="soft card-note">{t.queueWaiting(waiting.length)}</span>}>
      {waiting.length === 0 ? (
        <p className="soft">{t.nobodyWaits}</p>
      ) : (
        <ul className="waiters">
          {waiting.slice(0, SHOWN).map((item) => (
            <li key={item.id}>
              <span>{names.queue(item.queue)}</span>
              <Clock since={item.enqueued_at} late={LATE} />
              <Button size="small" disabled={!mayPick} loading={pick.isPending && pick.variables === item.id} onClick={() => pick.mutate(item.id)}>
                {t.take}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
