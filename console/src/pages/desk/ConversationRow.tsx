import { MessageOutlined, PhoneOutlined } from "@ant-design/icons";
import { useNames } from "../../agent/hooks";
import type { Shown } from "../../api";
import { clock } from "../../parts/duration";
import { channelNames } from "../../parts/channelNames";
import { Clock } from "../../parts/Clock";
import { MaskedNumber } from "../../parts/MaskedNumber";
import { Moment } from "../../parts/Moment";
import { Tag } from "../../parts/Tag";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Awaited } from "./Awaited";
import { Writer } from "./Writer";
import { words } from "./words";

interface Props {
  conversation: Shown["ConversationReply"];
  queue: string | null;
  /** Those it is marked with. */
  tags: readonly { id: string; name: string; colour?: string | null }[];
  /** A text in my hands whose contact waits for an answer: since when, and from when on it is too long. */
  awaited: { since: number; lateAt: number } | null;
  isChosen: boolean;
  choose: () => void;
}

/** A conversation in the list: with whom, what was written last, over which channel and inbox, when, for how long. */
export function ConversationRow({ conversation, queue, tags, awaited, isChosen, choose }: Props) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const call = conversation.calls.at(-1);
  const isOpen = call !== undefined && !call.ended_at;
  const isOut = call?.direction === "outbound";
  return (
    <button type="button" className="row" aria-current={isChosen ? "true" : undefined} onClick={choose}>
      <span className="row-top">
        <span className="row-who">
          {conversation.channel === "phone" ? (
            <>
              <PhoneOutlined aria-hidden="true" rotate={isOut ? 0 : 90} /> <MaskedNumber number={isOut ? call?.to : call?.from} />
            </>
          ) : (
            <>
              <MessageOutlined aria-hidden="true" /> <Writer conversation={conversation} />
            </>
          )}
        </span>
        {isOpen ? <Clock since={call.answered_at ?? call.started_at} /> : <Moment at={conversation.opened_at} />}
      </span>
      {conversation.last_text && <LastText last={conversation.last_text} />}
      <span className="row-below soft">
        <span>{[channels[conversation.channel] ?? conversation.channel, conversation.inbox_name].filter(Boolean).join(" · ")}</span>
        <span>{isOut ? t.outbound : t.inbound}</span>
        {queue && <span>{queue}</span>}
        {awaited && <Awaited {...awaited} />}
        {!isOpen && call && <span>{call.talk_ms > 0 ? `${t.talked} ${clock(call.talk_ms)}` : t.noAnswer}</span>}
        {tags.map((tag) => (
          <Tag key={tag.id} name={tag.name} colour={tag.colour} />
        ))}
      </span>
    </button>
  );
}

/** How the last text begins; whose it is, where it is not the contact's. */
function LastText({ last }: { last: NonNullable<Shown["ConversationReply"]["last_text"]> }) {
  const t = useWords(words);
  const { agent } = useSession();
  const names = useNames();
  const whose = last.speaker === "bot" ? t.bot : last.speaker === "agent" ? (last.agent === agent?.id ? t.me : (names.agent(last.agent) ?? t.agent)) : null;
  return (
    <span className="row-last">
      {whose && <span className="soft">{whose}: </span>}
      {last.text || t.aFile}
    </span>
  );
}
