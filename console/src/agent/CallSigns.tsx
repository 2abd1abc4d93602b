import { EyeOutlined, PauseCircleOutlined, SoundOutlined, VideoCameraOutlined, WarningOutlined } from "@ant-design/icons";
import { Badge, type Tone } from "../parts/Badge";
import { Clock } from "../parts/Clock";
import type { Quality } from "../phone/quality";
import { useWords } from "../words";
import type { CallState } from "./callState";
import { useNames } from "./hooks";
import { words } from "./words";

const SOUND: Record<Quality, Tone> = { good: "good", fair: "warn", poor: "bad", silent: "bad" };

interface Props {
  state: CallState | null;
  quality: Quality | null;
  recording: "on" | "paused" | "off" | null;
}

/** What one should know of the call at a glance, each as a word. */
export function CallSigns({ state, quality, recording }: Props) {
  const t = useWords(words);
  const names = useNames();
  return (
    <div className="call-signs">
      {recording === "on" && (
        <Badge tone="bad">
          <VideoCameraOutlined aria-hidden="true" /> {t.recording}
        </Badge>
      )}
      {recording === "paused" && <Badge tone="warn">{t.recordingPaused}</Badge>}
      {recording === "off" && <Badge tone="quiet">{t.notRecorded}</Badge>}
      {state?.heldAt && (
        <Badge tone="warn">
          <PauseCircleOutlined aria-hidden="true" /> {t.onHold} <Clock since={state.heldAt} late={60_000} />
        </Badge>
      )}
      {state?.isHeldByThem && <Badge tone="warn">{t.heldByThem}</Badge>}
      {quality && (
        <Badge tone={SOUND[quality]}>
          <SoundOutlined aria-hidden="true" /> {t[quality]}
        </Badge>
      )}
      {quality === "poor" && <span className="soft">{t.poorHint}</span>}
      {quality === "silent" && <span className="soft">{t.silentHint}</span>}
      {state?.isLost && (
        <Badge tone="bad">
          <WarningOutlined aria-hidden="true" /> {t.lost}
        </Badge>
      )}
      {state?.supervisors.filter((one) => one.mode !== "listen").map((one) => {
        const who = names.agent(one.supervisor) ?? t.supervisor;
        const text = one.mode === "whisper" ? t.whisper(who) : t.barge(who);
        return (
          <Badge key={one.supervisor} tone="busy">
            <EyeOutlined aria-hidden="true" /> {text}
          </Badge>
        );
      })}
    </div>
  );
}
