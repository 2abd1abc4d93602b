import { Card, Clock, Empty } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Assign } from "./Assign";
import { useItems, type Floor } from "./data";
import { Move } from "./Move";
import { LONG_WAIT_MS } from "./order";
import { words } from "./words";
import css from "./floor.module.css";

type Word = "ready";
const SHOWN = ["ready", "talking", "hold", "wrap_up", "not_ready"];

/** Who waits where, and for how long; each caller can be given to somebody. */
export function Queues({ floor }: { floor: Floor & { aside: number } }) {
  const t = useWords(words);
  const { may } = useSession();
  const { data: items } = useItems(may("work.assign"));
  return (
    <Card flush title={t.queues}>
      {floor.queues.length === 0 && <Empty title={t.noQueues}>{t.noQueuesHelp}</Empty>}
      <ul className={css.list}>
        {floor.queues.map((queue) => {
          const waiting = (items ?? []).filter((item) => item.queue === queue.id && item.state === "waiting");
          const level = queue.today.service_level;
          return (
            <li key={queue.id} className={css.queue}>
              <div className={css.head}>
                <h3>{queue.name}</h3>
                <span className={css.right}>
                  <strong className="figures">{t.items(queue.waiting)}</strong>
                  {queue.longest_wait_ms > 0 && <Clock since={floor.at + floor.aside - queue.longest_wait_ms} late={LONG_WAIT_MS} />}
                </span>
              </div>
              <p className={`figures ${css.facts}`}>
                {SHOWN.filter((state) => (queue.agents[state] ?? 0) > 0).map((state) => (
                  <span key={state}>
                    {queue.agents[state]} {t[state as Word].toLowerCase()}
                  </span>
                ))}
                {queue.texts_in_hand > 0 && <span title={t.textsHelp}>{t.texts(queue.texts_in_hand)}</span>}
                {level !== undefined && (
                  <span title={t.levelHelp}>
                    {t.level} {Math.round(level)} %
                  </span>
                )}
                {queue.today.answered_in_time !== undefined && (
                  <span title={t.firstAnswersHelp}>
                    {t.firstAnswers} {Math.round(queue.today.answered_in_time)} %
                  </span>
                )}
                {queue.today.satisfaction !== undefined && (
                  <span title={t.satisfactionHelp}>
                    {t.satisfaction} {queue.today.satisfaction.toFixed(1)}
                  </span>
                )}
              </p>
              {waiting.length > 0 && (
                <ul className={css.items}>
                  {waiting.slice(0, 20).map((item) => (
                    <li key={item.id}>
                      {item.medium === "voice" && !item.call && <span className="soft">{t.callback}</span>}
                      <Clock since={item.enqueued_at + floor.aside} late={LONG_WAIT_MS} />
                      {may("work.assign") && <Assign item={item} agents={floor.agents} />}
                      {may("work.assign") && <Move item={item} queues={floor.queues} />}
                    </li>
                  ))}
                </ul>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
