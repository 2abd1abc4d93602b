import { Alert } from "antd";
import { Empty } from "../../../parts";
import { useWords } from "../../../words";
import type { Recording } from "../data";
import { words } from "../words";

/** Why there is nothing to hear, or not all of it. */
export function State({ recording }: { recording: Recording | undefined }) {
  const t = useWords(words);
  if (!recording) return <Empty title={t.noRecording}>{t.noRecordingHelp}</Empty>;
  if (["requested", "started", "sealing"].includes(recording.state)) return <Alert type="info" showIcon title={t.stillRecording} />;
  if (recording.state === "erased") return <Alert type="warning" showIcon title={t.erased} description={recording.reason} />;
  if (recording.state === "failed") return <Alert type="warning" showIcon title={t.recordingFailed(recording.reason ?? "?")} />;
  return null;
}
