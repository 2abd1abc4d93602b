import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Badge, clock, MaskedNumber, Moment } from "../../../parts";
import { useSession } from "../../../session";
import { useWords } from "../../../words";
import { useQueues, type Conversation, type Recording } from "../data";
import { words } from "../words";
import { Care } from "./Care";
import { Seal } from "./Seal";
import css from "./Head.module.css";

interface Props {
  conversation: Conversation;
  recording: Recording | undefined;
  names: ReadonlyMap<string, string>;
  onBack: () => void;
}

/** Whose call it is, and how it went in a line. */
export function Head({ conversation, recording, names, onBack }: Props) {
  const t = useWords(words);
  const { may } = useSession();
  const { data: queues } = useQueues();
  const call = conversation.calls.find((one) => one.id === recording?.call) ?? conversation.calls[0];
  const transcript = conversation.transcripts.find((one) => one.recording === recording?.id && one.silence_ms !== null);
  const agents = [...new Set(conversation.participations.map((part) => names.get(part.agent) ?? t.unknownAgent))];
  const waited = [...new Set(conversation.participations.map((part) => queues?.find((queue) => queue.id === part.queue)?.name))];
  const facts = [
    ...waited.filter(Boolean),
    call && call.queue_ms >= 1_000 && t.waited(clock(call.queue_ms)),
    call && call.talk_ms >= 1_000 && t.talked(clock(call.talk_ms)),
    call && call.hold_ms >= 1_000 && t.onHold(clock(call.hold_ms)),
    transcript?.silence_ms && t.silenceOf(clock(transcript.silence_ms)),
    transcript?.talk_over_ms && transcript.talk_over_ms >= 1_000 && t.talkOverOf(clock(transcript.talk_over_ms)),
  ].filter(Boolean);
  return (
    <header className={css.head}>
      <Button className={css.back} type="text" icon={<ArrowLeftOutlined />} aria-label={t.back} onClick={onBack} />
      <div className={css.title}>
        <h2>
          <MaskedNumber number={call?.from} /> <span className="soft">→</span> {agents.length > 0 ? agents.join(", ") : <MaskedNumber number={call?.to} />}
        </h2>
        <p className="soft">
          <Moment at={conversation.opened_at} />
          {facts.map((fact, n) => (
            <span key={n}> · {fact}</span>
          ))}
        </p>
      </div>
      {recording && (
        <div className={css.acts}>
          {recording.held && (
            <span title={recording.held}>
              <Badge tone="warn">{t.held}</Badge>
            </span>
          )}
          {may("recordings.play") && recording.state !== "erased" && <Seal key={recording.id} recording={recording} />}
          {may("recordings.play") && <Care recording={recording} />}
        </div>
      )}
    </header>
  );
}
