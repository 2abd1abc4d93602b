import { Alert } from "antd";
import { usePhone } from "../phone/usePhone";
import { useWords } from "../words";
import { words } from "./words";

/** What is amiss with the sound, while it is. */
export function Notices() {
  const t = useWords(words);
  const phone = usePhone();
  if (!phone) return null;
  const { trouble, gone, talksMuted, clips, store } = phone;
  return (
    <div className="notices" role="status" aria-live="polite">
      {trouble && <Alert type="error" showIcon title={t[trouble]} />}
      {gone && <Alert type="warning" showIcon closable={{ onClose: store.forgetGone }} title={gone === "microphone" ? t.goneMicrophone : t.goneSpeaker} />}
      {talksMuted && <Alert type="warning" showIcon title={t.talksMuted} />}
      {clips && !talksMuted && <Alert type="warning" showIcon title={t.clips} />}
    </div>
  );
}
