import { Empty, Badge, clock, MaskedNumber, Moment, Trouble, Waiting } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { useWords } from "../../words";
import { useAgents, useLatest } from "./data";
import { narrowing, type Open, type Wanted } from "./wanted";
import { words } from "./words";
import css from "./Results.module.css";

interface Props {
  wish: Wanted;
  open: Open | null;
  onOpen: (open: Open) => void;
}

/** What was recorded last, for who looks for nothing in particular; by filters, conversations of all channels. */
export function Latest({ wish, open, onOpen }: Props) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const latest = useLatest(wish);
  const { data: agents } = useAgents();
  if (latest.isPending) return <Waiting />;
  if (latest.isError) return <Trouble problem={latest.error} again={() => void latest.refetch()} />;
  const isNarrowed = Object.keys(narrowing(wish)).length > 0;
  const calls = latest.data.filter((one) => isNarrowed || one.recordings.length > 0);
  const names = new Map((agents ?? []).map((agent) => [agent.id, agent.name]));
  if (calls.length === 0) return isNarrowed ? <Empty title={t.nothingFits}>{t.nothingFitsHelp}</Empty> : <Empty title={t.noCalls}>{t.noCallsHelp}</Empty>;
  return (
    <>
      <h2 className={css.count}>{isNarrowed ? t.narrowed : t.latest}</h2>
      <ol className={css.list}>
        {calls.map((one) => {
          const call = one.calls[0];
          const long = one.recordings.reduce((sum, recording) => sum + (recording.duration_ms ?? 0), 0);
          const who = one.participations.map((part) => names.get(part.agent)).filter(Boolean);
          return (
            <li key={one.id} className={css.line}>
              <button
                type="button"
                className={css.open}
                aria-current={open?.conversation === one.id ? "true" : undefined}
                onClick={() => onOpen({ conversation: one.id, recording: one.recordings[0]?.id ?? null, ms: 0 })}
              >
                <span className={css.about}>
                  <span className={css.who}>{who.length > 0 ? who.join(", ") : t.unknownAgent}</span>
                  <Moment at={one.opened_at} />
                </span>
                <span className={css.text}>
                  <span className="soft">{[channels[one.channel] ?? one.channel, one.inbox_name].filter(Boolean).join(" · ")}</span>{" "}
                  {call && <MaskedNumber number={call.from} />} <span className="soft figures">{long > 0 ? clock(long) : ""}</span>{" "}
                  {one.recordings.some((recording) => recording.held) && <Badge tone="warn">{t.held}</Badge>}
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </>
  );
}
