import { AudioOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { useCallback, useEffect, useRef, useState } from "react";
import { clock } from "../../parts";
import { useTold } from "../../parts/told";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: {
    record: "Record a voice note",
    recording: (time: string) => `Recording: ${time} of 2:00`,
    stop: "Stop",
    listen: "Your voice note",
    keep: "Attach",
    discard: "Discard",
    noMicrophone: "The browser gives no microphone. Allow it for this page, then try again.",
  },
  zh: { record: "录制语音", recording: (time) => `正在录音：${time} / 2:00`, stop: "停止", listen: "您的语音", keep: "添加", discard: "放弃", noMicrophone: "浏览器未提供麦克风。请允许本页使用麦克风后重试。" },
});

/** Nobody listens to a longer one; it ends by itself. */
const LONGEST = 120_000;
const KINDS = [
  { mime: "audio/webm;codecs=opus", ending: "webm" },
  { mime: "audio/ogg;codecs=opus", ending: "ogg" },
  { mime: "audio/mp4", ending: "m4a" },
];

/** A voice note of mine: recorded, listened to, and brought like any other file. No button where the browser cannot record. */
export function VoiceNote({ disabled, bring }: { disabled: boolean; bring: (file: File) => void }) {
  const t = useWords(words);
  const told = useTold();
  const kind = typeof MediaRecorder === "undefined" ? undefined : KINDS.find(({ mime }) => MediaRecorder.isTypeSupported(mime));
  const recorder = useRef<MediaRecorder | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const [now, setNow] = useState(0);
  const [note, setNote] = useState<{ file: File; url: string } | null>(null);
  const stop = useCallback(() => {
    if (recorder.current?.state === "recording") recorder.current.stop();
  }, []);
  useEffect(() => {
    if (since === null) return;
    const tick = window.setInterval(() => {
      setNow(Date.now());
      if (Date.now() - since >= LONGEST) stop();
    }, 250);
    return () => window.clearInterval(tick);
  }, [since, stop]);
  // Whoever leaves the conversation has recorded nothing.
  useEffect(() => stop, [stop]);
  const url = note?.url;
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  if (!kind) return null;

  const begin = async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    if (!stream) return told.warn(t.noMicrophone);
    const parts: Blob[] = [];
    const made = new MediaRecorder(stream, { mimeType: kind.mime });
    made.ondataavailable = ({ data }) => parts.push(data);
    made.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      setSince(null);
      const file = new File(parts, `voice-note.${kind.ending}`, { type: kind.mime });
      setNote({ file, url: URL.createObjectURL(file) });
    };
    recorder.current = made;
    made.start(1_000);
    setNow(Date.now());
    setSince(Date.now());
  };
  const isOpen = since !== null || note !== null;
  return (
    <Popover
      open={isOpen}
      content={
        <div className="voice-note">
          {since !== null && (
            <>
              <span role="timer">{t.recording(clock(Math.max(0, now - since)))}</span>
              <Button size="small" autoFocus onClick={stop}>
                {t.stop}
              </Button>
            </>
          )}
          {note && (
            <>
              <audio controls src={note.url} aria-label={t.listen} />
              <Button
                size="small"
                type="primary"
                onClick={() => {
                  bring(note.file);
                  setNote(null);
                }}
              >
                {t.keep}
              </Button>
              <Button size="small" onClick={() => setNote(null)}>
                {t.discard}
              </Button>
            </>
          )}
        </div>
      }
    >
      <Button icon={<AudioOutlined />} aria-label={t.record} title={t.record} disabled={disabled || isOpen} onClick={() => void begin()} />
    </Popover>
  );
}
