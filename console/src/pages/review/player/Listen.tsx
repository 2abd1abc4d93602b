import { Alert, Tabs } from "antd";
import { useEffect, useMemo, useState } from "react";
import { Empty } from "../../../parts";
import { useSession } from "../../../session";
import { useWords } from "../../../words";
import { useAgents, useComments, useLines, usePeaks, useSoundPath, type Conversation, type Line } from "../data";
import type { Open } from "../wanted";
import { words } from "../words";
import { Comments } from "./Comments";
import { Head } from "./Head";
import { inOrder, lineAt } from "./lines";
import { silences } from "./silence";
import { State } from "./State";
import { Transcript } from "./Transcript";
import { Transport } from "./Transport";
import { useKeys } from "./useKeys";
import { useSound } from "./useSound";
import { Wave } from "./Wave";
import css from "./Listen.module.css";

interface Props {
  conversation: Conversation;
  open: Open;
  onBack: () => void;
}

const HEARD = ["stored", "verified", "failed"];

export function Listen({ conversation, open, onBack }: Props) {
  const t = useWords(words);
  const { may } = useSession();
  const path = useSoundPath();
  const recording = conversation.recordings.find((one) => one.id === open.recording) ?? conversation.recordings[0];
  const isHeard = recording !== undefined && HEARD.includes(recording.state);
  const { data: all } = useLines(conversation.id);
  const { data: peaks } = usePeaks(recording?.id, isHeard);
  const { data: comments } = useComments(may("recordings.play") ? recording?.id : undefined);
  const { data: agents } = useAgents();
  const [tab, setTab] = useState("said");
  const durationMs = recording?.duration_ms ?? 0;

  const lines = useMemo(() => {
    const of = new Map(conversation.transcripts.map((one) => [one.id, one.recording]));
    return inOrder((all ?? []).filter((line) => line.transcript && of.get(line.transcript) === recording?.id));
  }, [all, conversation.transcripts, recording?.id]);
  const silent = useMemo(() => (peaks ? silences(peaks as { left: number[][]; right: number[][] }, durationMs) : []), [peaks, durationMs]);
  const sound = useSound(open.ms, silent);
  const { playFrom } = sound;
  const at = lineAt(lines, sound.ms + 1);

  // Another line of the same call was opened: the sound goes there, and on.
  useEffect(() => playFrom(open.ms), [open.ms, open.recording, playFrom]);

  const step = (count: number) => {
    const line = lines[Math.min(lines.length - 1, Math.max(0, at + count))];
    if (line) playFrom(line.start_ms ?? 0);
  };
  useKeys({
    toggle: sound.toggle,
    move: (ms) => sound.seek(Math.min(durationMs, sound.now() + ms)),
    step,
    comment: () => setTab("comments"),
  });

  const names = new Map((agents ?? []).map((agent) => [agent.id, agent.name]));
  const nameOf = (line: Line) =>
    ({ contact: t.contact, bot: t.bot, system: t.system })[line.speaker] ?? ((line.agent && names.get(line.agent)) || t.agent);

  return (
    <div className={css.listen}>
      <Head conversation={conversation} recording={recording} names={names} onBack={onBack} />
      <State recording={recording} />
      {recording && isHeard && (
        <div className={css.sound}>
          <audio ref={sound.attach} src={path(recording.id, "audio")} preload="auto" />
          {sound.isBroken && <Alert type="error" showIcon title={t.cannotPlay} />}
          <Wave
            peaks={peaks as { left: number[][]; right: number[][] } | undefined}
            durationMs={durationMs}
            gaps={recording.gaps}
            marks={(comments ?? []).map((comment) => comment.at_ms)}
            sound={sound}
          />
          <Transport sound={sound} durationMs={durationMs} onStep={step} />
        </div>
      )}
      <Tabs
        className={css.tabs}
        activeKey={tab}
        onChange={setTab}
        items={[
          {
            key: "said",
            label: t.transcript,
            children: <Said conversation={conversation} lines={lines} at={isHeard ? at : -1} nameOf={nameOf} onPlay={playFrom} isLoading={!all} />,
          },
          ...(recording && may("recordings.play")
            ? [
                {
                  key: "comments",
                  label: comments?.length ? `${t.comments} · ${comments.length}` : t.comments,
                  children: <Comments recording={recording.id} comments={comments ?? []} nowMs={sound.ms} mayWrite={isHeard} onPlay={playFrom} />,
                },
              ]
            : []),
        ]}
      />
    </div>
  );
}

interface SaidProps {
  conversation: Conversation;
  lines: Line[];
  at: number;
  nameOf: (line: Line) => string;
  onPlay: (ms: number) => void;
  isLoading: boolean;
}

/** The transcript, or why there is none. */
function Said({ conversation, lines, at, nameOf, onPlay, isLoading }: SaidProps) {
  const t = useWords(words);
  const { may } = useSession();
  const current = conversation.transcripts.filter((one) => one.state !== "superseded");
  const final = current.find((one) => one.pass === "final");
  const none = current.find((one) => one.state === "no_engine" || one.state === "failed");
  if (lines.length === 0 && !isLoading) {
    if (current.some((one) => one.state === "running")) return <Empty title={t.transcriptRunning} />;
    return <Empty title={none?.reason ? t.noEngine(none.reason) : t.noTranscript}>{t.noTranscriptHelp}</Empty>;
  }
  return (
    <>
      {lines.length > 0 && (!final || final.state === "running") && <p className={`soft ${css.note}`}>{t.captionsOnly}</p>}
      <Transcript conversation={conversation.id} lines={lines} at={at} nameOf={nameOf} mayCorrect={may("quality.review")} onPlay={onPlay} />
    </>
  );
}
