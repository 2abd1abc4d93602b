import type { ReactNode } from "react";
import { Clock, clock } from "../../parts";
import { useWords } from "../../words";
import type { Floor } from "./data";
import { LONG_WAIT_MS } from "./order";
import { words } from "./words";
import css from "./floor.module.css";

/** The figures that say whether all is well. */
export function Figures({ floor }: { floor: Floor & { aside: number } }) {
  const t = useWords(words);
  const waiting = floor.queues.reduce((sum, queue) => sum + queue.waiting, 0);
  const texts = floor.queues.reduce((sum, queue) => sum + queue.texts_in_hand, 0);
  const longest = Math.max(0, ...floor.queues.map((queue) => queue.longest_wait_ms));
  const { today } = floor;
  const count = (id: string) => today[id] ?? 0;
  const level = today.service_level;
  const { answered_in_time: inTime, offered_in_time: offered, satisfaction } = today;
  return (
    <dl className={css.figures}>
      <Figure name={t.waiting}>{waiting}</Figure>
      <Figure name={t.longest}>{longest > 0 ? <Clock since={floor.at + floor.aside - longest} late={LONG_WAIT_MS} /> : "–"}</Figure>
      <Figure name={t.textsNow} title={t.textsHelp}>
        {texts}
      </Figure>
      <Figure name={`${t.answered} · ${t.today}`}>{count("answered")}</Figure>
      <Figure name={`${t.abandoned} · ${t.today}`}>{count("abandoned")}</Figure>
      <Figure name={`${t.level} · ${t.today}`} title={t.levelHelp}>
        {level === undefined ? "–" : `${Math.round(level)} %`}
      </Figure>
      <Figure name={`${t.averageWait} · ${t.today}`}>{today.wait_average === undefined ? "–" : clock(today.wait_average)}</Figure>
      <Figure name={`${t.firstAnswers} · ${t.today}`} title={t.firstAnswersHelp}>
        {inTime === undefined ? "–" : `${Math.round(inTime)} %`}
      </Figure>
      <Figure name={`${t.offeredInTime} · ${t.today}`} title={t.offeredInTimeHelp}>
        {offered === undefined ? "–" : `${Math.round(offered)} %`}
      </Figure>
      <Figure name={`${t.satisfaction} · ${t.today}`} title={t.satisfactionHelp}>
        {satisfaction === undefined ? "–" : satisfaction.toFixed(1)}
      </Figure>
    </dl>
  );
}

function Figure({ name, title, children }: { name: string; title?: string; children: ReactNode }) {
  return (
    <div className={css.figure} title={title}>
      <dt>{name}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}
