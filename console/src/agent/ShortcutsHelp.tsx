import { Button } from "antd";
import { useEffect, useState } from "react";
import { Modal } from "../parts/Modal";
import { dictionary, useWords } from "../words";
import { ACTIONS, chordOf, FIXED, remapped, type Action, type Chord } from "./shortcuts";

const words = dictionary({
  en: {
    title: "Keys",
    about: "They work on every page, and are off while an input method composes. Press “Change”, then the new keys.",
    change: "Change",
    press: "Press the keys…",
    reset: "As they were",
    answer: "Answer",
    decline: "Decline",
    hangUp: "Hang up",
    mute: "Mute or unmute",
    hold: "Hold or resume",
    transfer: "Transfer",
    keypad: "Keys in the call",
    ready: "Ready for calls",
    break: "Short break",
    dial: "Dial a number",
    note: "Write a note",
    suggestion: "Take your mentor’s suggestion",
    colleagues: "Colleagues",
    help: "This list",
  },
  zh: {
    title: "快捷键",
    about: "在所有页面有效，输入法组字时自动停用。点击“更改”后按下新的按键。",
    change: "更改",
    press: "请按键…",
    reset: "恢复默认",
    answer: "接听",
    decline: "拒接",
    hangUp: "挂断",
    mute: "静音/取消静音",
    hold: "保持/恢复",
    transfer: "转接",
    keypad: "通话键盘",
    ready: "就绪接听",
    break: "短暂休息",
    dial: "拨号",
    note: "填写备注",
    suggestion: "采用导师建议",
    colleagues: "同事",
    help: "显示此列表",
  },
});

interface Props {
  own: Record<Action, Chord>;
  change: (own: Record<Action, Chord>) => void;
  close: () => void;
}

/** What can be done by keys, and by which. */
export default function ShortcutsHelp({ own, change, close }: Props) {
  const t = useWords(words);
  const [asked, setAsked] = useState<Action | null>(null);
  useEffect(() => {
    if (!asked) return;
    const pressed = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      if (!chord) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key !== "Escape") change(remapped(own, asked, chord));
      setAsked(null);
    };
    // Before anybody else: what is pressed now means nothing but itself.
    window.addEventListener("keydown", pressed, true);
    return () => window.removeEventListener("keydown", pressed, true);
  }, [asked, own, change]);
  return (
    <Modal onCancel={close} title={t.title} footer={<Button onClick={() => change(FIXED)}>{t.reset}</Button>} keyboard={!asked}>
      <p className="soft">{t.about}</p>
      <ul className="pass-list" style={{ maxHeight: "60vh", marginTop: 12 }}>
        {ACTIONS.map((action) => (
          <li key={action} style={{ justifyContent: "space-between" }}>
            <span>{t[action]}</span>
            <span>
              {asked === action ? <span className="soft">{t.press}</span> : <kbd>{own[action]}</kbd>}{" "}
              <Button size="small" type="text" aria-label={`${t.change}: ${t[action]}`} onClick={() => setAsked(action)}>
                {t.change}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
