import { BellOutlined } from "@ant-design/icons";
import { App } from "antd";
import { lazy, Suspense, useRef, useState } from "react";
import { useHappened } from "../events";
import { Sounds } from "../phone/sounds";
import { usePhoneStore } from "../phone/usePhone";
import { onSign } from "../colleagues/data";
import { askForDesktop, onDesktop } from "../parts/desktop";
import { Sign } from "../parts/Sign";
import { useLanguage, useWords } from "../words";
import { given, useNotices } from "./data";
import { words } from "./words";
import "./notices.css";

const List = lazy(() => import("./List"));

/** Who has no telephone here hears it half as loud as it can be. */
const LOUDNESS = 0.5;

/** What concerns me alone, on every page: how much is new, the list, the sound, the card. */
export default function Bell() {
  const t = useWords(words);
  const { language } = useLanguage();
  const { notification } = App.useApp();
  const store = usePhoneStore();
  const sounds = useRef<Sounds | null>(null);
  const [isOpen, setOpen] = useState(false);
  const notices = useNotices();
  const unread = notices.data?.pages[0]?.unread ?? 0;
  const count = onSign(unread);

  useHappened((happened) => {
    const now = given(happened, language);
    if (!now) return;
    if (now.sound) {
      if (store) store.play(now.sound);
      else void (sounds.current ??= new Sounds()).play(now.sound, LOUDNESS, null);
    }
    if (document.hidden) {
      if (now.desktop) onDesktop(now.desktop, { tag: `ringdesk-${String(happened.data.kind)}` });
    } else if (now.card) notification.info({ title: now.card, placement: "bottomRight" });
  });

  return (
    <>
      <Sign
        count={unread > 0 ? count : ""}
        icon={<BellOutlined />}
        aria-label={unread > 0 ? t.titleNew(count) : t.title}
        aria-expanded={isOpen}
        title={t.title}
        onClick={() => {
          askForDesktop();
          setOpen(!isOpen);
        }}
      />
      {isOpen && (
        <Suspense>
          <List close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
