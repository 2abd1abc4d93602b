import type { ReactNode } from "react";
import { Clock } from "../../parts";
import { useWords } from "../../words";
import type { Queue } from "../floor/data";
import { LONG_WAIT_MS } from "../floor/order";
import { words } from "./words";
import css from "./wallboard.module.css";

interface Props {
  queue: Queue;
  waitsSince: number | null;
}

/** A queue on the wall. Who waits too long turns the tile, not the figure alone. */
export function Tile({ queue, waitsSince }: Props) {
  const t = useWords(words);
  const agents = (state: string) => queue.agents[state] ?? 0;
  const level = queue.today.service_level;
  const { answered_in_time: inTime, satisfaction } = queue.today;
  const isLate = queue.longest_wait_ms >= LONG_WAIT_MS;
  return (
    <section className={css.tile} data-late={isLate || undefined} aria-label={queue.name}>
      <h2>{queue.name}</h2>
      <dl className={css.large}>
        <Figure name={t.waiting}>{queue.waiting}</Figure>
        <Figure name={t.longest}>{waitsSince === null ? "–" : <Clock since={waitsSince} />}</Figure>
        <Figure name={t.level}>{level === undefined ? "–" : `${Math.round(level)} %`}</Figure>
      </dl>
      <dl className={css.small}>
        <Figure name={t.ready}>{agents("ready")}</Figure>
        <Figure name={t.talking}>{agents("talking") + agents("hold")}</Figure>
        <Figure name={t.away}>{agents("not_ready") + agents("wrap_up")}</Figure>
        <Figure name={t.texts}>{queue.texts_in_hand}</Figure>
        <Figure name={t.answered}>{queue.today.answered ?? 0}</Figure>
        <Figure name={t.abandoned}>{queue.today.abandoned ?? 0}</Figure>
        {inTime !== undefined && <Figure name={t.firstAnswers}>{`${Math.round(inTime)} %`}</Figure>}
        {satisfaction !== undefined && <Figure name={t.satisfaction}>{satisfaction.toFixed(1)}</Figure>}
      </dl>
    </section>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dd className="figures">{children}</dd>
      <dt>{name}</dt>
    </div>
  );
}
