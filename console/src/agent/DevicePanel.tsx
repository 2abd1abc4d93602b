import { Button, Select, Slider, Switch } from "antd";
import { useEffect } from "react";
import type { Device } from "../phone/devices";
import { hasHeadsets } from "../phone/hid";
import { present } from "../phone/devices";
import type { Chosen, Settings } from "../phone/settings";
import { usePhone } from "../phone/usePhone";
import { useWords } from "../words";
import { words } from "./deviceWords";
import { ShiftCheck } from "./ShiftCheck";
import "./agent.css";

const SYSTEM = "";

/** Which microphone, which ear, where it rings, and whether all of it works. */
export default function DevicePanel() {
  const t = useWords(words);
  const phone = usePhone();
  const look = phone?.store.lookAtDevices;
  useEffect(() => void look?.(), [look]);
  if (!phone) return null;
  const { store, settings, microphones, speakers, headset } = phone;
  const choice = (name: "microphone" | "speaker" | "ringer", there: readonly Device[], without: string) => {
    const chosen: Chosen | null = settings[name];
    const now = present(chosen, there);
    const options = [{ value: SYSTEM, label: without }, ...there.map((one) => ({ value: one.id, label: one.label || one.id.slice(0, 8) }))];
    if (chosen && !now) options.push({ value: chosen.id, label: t.away(chosen.label) });
    return (
      <label htmlFor={`device-${name}`}>
        {t[name]}
        <Select
          id={`device-${name}`}
          value={now?.id ?? chosen?.id ?? SYSTEM}
          options={options}
          onChange={(id: string) => {
            const device = there.find((one) => one.id === id);
            store.set({ [name]: device ? { id: device.id, label: device.label } : null });
          }}
        />
      </label>
    );
  };
  const toggle = (name: keyof Pick<Settings, "echoCancellation" | "noiseSuppression" | "autoGainControl" | "autoAnswer">, text: string) => (
    <div>
      <span id={`switch-${name}`}>{text}</span>
      <Switch checked={settings[name]} aria-labelledby={`switch-${name}`} onChange={(on) => store.set({ [name]: on })} />
    </div>
  );
  return (
    <div className="device-form">
      {choice("microphone", microphones, t.asSystem)}
      {choice("speaker", speakers, t.asSystem)}
      {choice("ringer", speakers, t.asSpeaker)}
      <div className="device-switches">
        {toggle("echoCancellation", t.echo)}
        {toggle("noiseSuppression", t.noise)}
        {toggle("autoGainControl", t.gain)}
        {toggle("autoAnswer", t.auto)}
      </div>
      {hasHeadsets() && (
        <div className="device-headset">
          <span>{t.headset}</span>
          {headset ? <span className="soft">{headset}</span> : <span className="soft">{t.headsetNone}</span>}
          <Button size="small" onClick={() => void store.askHeadset().catch(() => undefined)}>
            {t.headsetAsk}
          </Button>
        </div>
      )}
      <div>
        <span id="loudness">{t.loudness}</span>
        <Slider min={0} max={100} value={Math.round(settings.loudness * 100)} ariaLabelledByForHandle="loudness" onChange={(value: number) => store.set({ loudness: value / 100 })} />
        <div className="pass-actions">
          <Button size="small" onClick={() => store.play("beep")}>
            {t.tryRing}
          </Button>
          <Button size="small" onClick={() => store.play("message")}>
            {t.tryMessage}
          </Button>
          <Button size="small" onClick={() => store.play("overdue")}>
            {t.tryOverdue}
          </Button>
        </div>
      </div>
      <ShiftCheck />
    </div>
  );
}
