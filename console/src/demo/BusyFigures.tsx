import { Progress } from "antd";
import { useNow } from "../parts";
import { useWords } from "../words";
import type { BusyHour } from "./data";
import { words } from "./words";
import css from "./busy.module.css";

/** What it has come to, while it runs and after. */
export function BusyFigures({ now }: { now: BusyHour }) {
  const t = useWords(words);
  const all: [string, string | number][] = [
    [t.made, t.ofCallers(now.made, now.callers)],
    ...(now.running
      ? ([
          [t.talking, now.calls],
          [t.waiting, now.waiting],
        ] as [string, number][])
      : []),
    [t.answered, now.answered],
    [t.abandoned, now.abandoned],
    [t.messages, now.messages],
    ...(now.refused > 0 ? ([[t.refused, now.refused]] as [string, number][]) : []),
  ];
  return (
    <div className={css.live}>
      {now.running && <Passing now={now} />}
      <dl className={css.figures}>
        {all.map(([name, value]) => (
          <div key={name} className={css.figure}>
            <dt>{name}</dt>
            <dd className="figures">{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Passing({ now }: { now: BusyHour }) {
  const t = useWords(words);
  const at = useNow();
  const [began, ends] = [now.began_at ?? at, now.ends_at ?? at];
  const part = Math.min(1, Math.max(0, (at - began) / Math.max(1, ends - began)));
  return <Progress aria-label={t.runs} percent={Math.round(part * 100)} showInfo={false} size="small" />;
}
