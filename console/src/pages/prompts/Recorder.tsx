import { AudioOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { Clock } from "../../parts";
import { useWords } from "../../words";
import { useRecorder } from "./useRecorder";
import { words } from "./words";
import css from "./prompts.module.css";

interface Props {
  isBusy: boolean;
  /** Gives whether it was taken. */
  onSound: (sound: Blob) => Promise<boolean>;
}

/** Speak it here, listen, speak it again, and only then let callers hear it. */
export function Recorder({ isBusy, onSound }: Props) {
  const t = useWords(words);
  const { recording, heard, start, stop, drop } = useRecorder();
  const isOpen = recording.is === "recording";
  const use = async (sound: Blob) => {
    if (await onSound(sound)) drop();
  };
  return (
    <div className={css.stack}>
      {recording.is === "failed" && <Alert type="error" showIcon title={{ denied: t.micDenied, none: t.micNone, unable: t.micUnable }[recording.why]} />}
      {isOpen && (
        <div className={css.live} role="status">
          <span className={css.dot} aria-hidden="true" />
          <span>
            {t.recording} <Clock since={recording.since} />
          </span>
          <div className={css.meter} aria-hidden="true">
            <div className={heard?.clips ? css.loud : undefined} style={{ width: `${Math.round((heard?.level ?? 0) * 100)}%` }} />
          </div>
          {heard?.clips && <span className={css.warn}>{t.clips}</span>}
        </div>
      )}
      {recording.is === "there" && <audio className={css.audio} controls src={recording.url} aria-label={t.yourTake} />}
      <div className={css.acts}>
        {recording.is === "there" ? (
          <>
            <Button type="primary" loading={isBusy} onClick={() => void use(recording.sound)}>
              {t.useTake}
            </Button>
            <Button disabled={isBusy} onClick={() => void start()}>
              {t.again}
            </Button>
            <Button disabled={isBusy} type="text" onClick={drop}>
              {t.dropTake}
            </Button>
          </>
        ) : isOpen ? (
          <Button danger type="primary" onClick={stop}>
            {t.stop}
          </Button>
        ) : (
          <Button icon={<AudioOutlined />} disabled={isBusy} loading={recording.is === "opening"} onClick={() => void start()}>
            {t.record}
          </Button>
        )}
      </div>
    </div>
  );
}
