import { CaretRightFilled, PauseOutlined, StepBackwardOutlined, StepForwardOutlined } from "@ant-design/icons";
import { Button, Select, Switch } from "antd";
import { useId } from "react";
import { useWords } from "../../../words";
import { words } from "../words";
import { clock } from "../../../parts";
import type { Sound } from "./useSound";
import css from "./Transport.module.css";

const RATES = [0.75, 1, 1.25, 1.5, 2, 3];

interface Props {
  sound: Sound;
  durationMs: number;
  onStep: (lines: number) => void;
}

export function Transport({ sound, durationMs, onStep }: Props) {
  const t = useWords(words);
  const skip = useId();
  return (
    <div className={css.transport}>
      <Button aria-label={t.previous} title={`${t.previous} (↑)`} icon={<StepBackwardOutlined />} onClick={() => onStep(-1)} />
      <Button
        type="primary"
        className={css.play}
        aria-label={sound.isPlaying ? t.pause : t.play}
        icon={sound.isPlaying ? <PauseOutlined /> : <CaretRightFilled />}
        onClick={sound.toggle}
      />
      <Button aria-label={t.next} title={`${t.next} (↓)`} icon={<StepForwardOutlined />} onClick={() => onStep(1)} />
      <span className={`figures ${css.time}`}>
        <strong>{clock(sound.ms)}</strong> <span className="soft">/ {clock(durationMs)}</span>
      </span>
      <span className={css.rest}>
        <Select
          aria-label={t.speed}
          value={sound.rate}
          onChange={sound.setRate}
          options={RATES.map((rate) => ({ value: rate, label: `${rate}×` }))}
          popupMatchSelectWidth={false}
        />
        <span className={css.skip}>
          <Switch size="small" id={skip} checked={sound.isSkipping} onChange={sound.setSkipping} />
          <label htmlFor={skip}>{t.skipSilence}</label>
        </span>
      </span>
    </div>
  );
}
