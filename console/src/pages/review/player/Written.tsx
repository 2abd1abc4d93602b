import { ArrowLeftOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Empty, Moment, Trouble, Waiting } from "../../../parts";
import { channelNames } from "../../../parts/channelNames";
import { useAccount } from "../../../session";
import { useWords } from "../../../words";
import { RatingCard } from "../../desk/RatingCard";
import { useAgents, useLines, type Conversation, type Line } from "../data";
import { words } from "../words";
import head from "./Head.module.css";
import listen from "./Listen.module.css";
import css from "./Written.module.css";

interface Props {
  conversation: Conversation;
  onBack: () => void;
}

/** A conversation that was written: there is nothing to hear, and everything to read. */
export function Written({ conversation, onBack }: Props) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const lines = useLines(conversation.id);
  const { data: agents } = useAgents();
  const names = new Map((agents ?? []).map((agent) => [agent.id, agent.name]));
  const served = [...new Set(conversation.participations.map((part) => names.get(part.agent) ?? t.unknownAgent))];
  const said = (lines.data ?? []).filter((line) => line.kind === "message" || line.kind === "note");
  const nameOf = (line: Line) =>
    line.kind === "note" ? t.note : ({ contact: t.contact, bot: t.bot, system: t.system }[line.speaker] ?? ((line.agent && names.get(line.agent)) || t.agent));
  return (
    <div className={listen.listen}>
      <header className={head.head}>
        <Button className={head.back} type="text" icon={<ArrowLeftOutlined />} aria-label={t.back} onClick={onBack} />
        <div className={head.title}>
          <h2>{[channels[conversation.channel] ?? conversation.channel, conversation.inbox_name].filter(Boolean).join(" · ")}</h2>
          <p className="soft">
            {[...served].join(", ")} <Moment at={conversation.opened_at} />
          </p>
        </div>
      </header>
      <RatingCard conversation={conversation.id} />
      {lines.isPending && <Waiting />}
      {lines.isError && <Trouble problem={lines.error} again={() => void lines.refetch()} />}
      {lines.data && said.length === 0 && <Empty title={t.nothingWritten} />}
      <ol className={css.lines} aria-label={t.written}>
        {said.map((line) => (
          <li key={line.seq} className={css.line} data-side={line.speaker === "contact" ? "contact" : "house"}>
            <span className={css.who}>{nameOf(line)}</span>
            <span className={css.text}>
              {line.recalled_at ? <em className="soft">{t.takenBack}</em> : line.text}
              <Attached line={line} />
            </span>
            <span className={`soft ${css.when}`}>
              <Moment at={line.at} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Attached({ line }: { line: Line }) {
  const { account_id } = useAccount();
  return line.attachments.map((file) => (
    <a key={file.id} className={css.file} href={`/api/v1/accounts/${account_id}/attachments/${file.id}`} target="_blank" rel="noopener noreferrer">
      {file.name}
    </a>
  ));
}
