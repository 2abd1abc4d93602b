import { clock, Moment } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { useWords } from "../../words";
import type { Found } from "./data";
import { marked } from "./marked";
import type { Open } from "./wanted";
import { words } from "./words";
import css from "./Results.module.css";

interface Props {
  line: Found;
  agent: string | undefined;
  /** What the inbox is called by which it came. */
  inbox: string | undefined;
  isOpen: boolean;
  onOpen: (open: Open) => void;
}

/** A line that was found; pressed, it sounds. */
export function FoundLine({ line, agent, inbox, isOpen, onOpen }: Props) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const speakers: Record<string, string> = { contact: t.contact, agent: agent ?? t.agent, bot: t.bot, note: agent ? `${t.note} · ${agent}` : t.note };
  return (
    <li className={css.line}>
      <button
        type="button"
        className={css.open}
        aria-current={isOpen ? "true" : undefined}
        onClick={() => onOpen({ conversation: line.conversation_id, recording: line.recording_id ?? null, ms: line.start_ms ?? 0 })}
      >
        <span className={css.about}>
          <span className={css.who}>{speakers[line.speaker] ?? t.system}</span>
          {line.start_ms !== null && line.start_ms !== undefined && <span className="figures">{clock(line.start_ms)}</span>}
          <span className="soft">{[channels[line.channel] ?? line.channel, inbox].filter(Boolean).join(" · ")}</span>
          <Moment at={line.at} />
        </span>
        <span className={css.text}>
          {marked(line.text, line.hits).map((piece, n) => (piece.hit ? <mark key={n}>{piece.text}</mark> : <span key={n}>{piece.text}</span>))}
        </span>
      </button>
    </li>
  );
}
