import { CaretRightOutlined, PauseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTold } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";

/** One sound at a time: whoever starts another one wants to compare. */
let playing: HTMLAudioElement | null = null;

/** Hear it, without a player's whole face. */
export function Play({ src, what }: { src: string; what: string }) {
  const t = useWords(words);
  const told = useTold();
  const audio = useRef<HTMLAudioElement | null>(null);
  const [isOn, setOn] = useState(false);
  useEffect(() => () => audio.current?.pause(), []);
  const press = () => {
    if (isOn) return audio.current?.pause();
    playing?.pause();
    const sound = new Audio(src);
    sound.onpause = sound.onended = () => setOn(false);
    sound.onerror = () => {
      setOn(false);
      told.warn(t.noSound);
    };
    playing = audio.current = sound;
    setOn(true);
    sound.play().catch(() => setOn(false));
  };
  return <Button shape="circle" icon={isOn ? <PauseOutlined /> : <CaretRightOutlined />} aria-label={`${isOn ? t.pause : t.play}: ${what}`} onClick={press} />;
}
