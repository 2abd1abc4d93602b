import { AppstoreOutlined, AudioMutedOutlined, AudioOutlined, ClockCircleOutlined, PauseOutlined, PhoneFilled, PlayCircleOutlined, SwapOutlined } from "@ant-design/icons";
import { Button, Popover } from "antd";
import { useState } from "react";
import { Clock } from "../parts/Clock";
import { MaskedNumber } from "../parts/MaskedNumber";
import { useWords } from "../words";
import { Asked } from "./Asked";
import { words as cardWords } from "./cardWords";
import { CallSigns } from "./CallSigns";
import { useCallControls } from "./controls";
import { useNames, useOfferCard } from "./hooks";
import { Keys } from "./Keys";
import { Level } from "./Level";
import { PassOn } from "./PassOn";
import { words } from "./words";

/** The call: who, how long, how it sounds, and everything one can do with it. */
export function CallPanel() {
  const t = useWords(words);
  const c = useWords(cardWords);
  const controls = useCallControls();
  const names = useNames();
  const card = useOfferCard(controls?.line?.workItem ?? null).data;
  const [isPassing, setPassing] = useState(false);
  if (!controls) return null;
  const { line, mine, quality, recording, isMuted, isHeld, since, number, name } = controls;
  const queue = names.queue(mine?.state.queue ?? card?.queue);
  const stage = line && line.stage !== "talking" ? (line.direction === "out" ? t.calling : t.connecting) : null;
  return (
    <section className="card call" aria-label={t.inCall}>
      <div className="call-head">
        <span className="call-who">{name ?? <MaskedNumber number={number} />}</span>
        {name && number && (
          <span className="soft">
            <MaskedNumber number={number} />
          </span>
        )}
        {queue && <span className="soft">{line?.auto === "chosen" && line.stage !== "talking" ? c.pickedUp(queue) : t.forQueue(queue)}</span>}
        <span style={{ flex: 1 }} />
        {stage ? <span className="soft">{stage}</span> : <span className="call-clock">{since && <Clock since={since} />}</span>}
        {line && !isMuted && <Level />}
      </div>
      <CallSigns state={mine?.state ?? null} quality={quality} recording={recording} />
      {mine && <Asked state={mine.state} />}
      {!line && <div className="soft call-elsewhere">{t.otherDevice}</div>}
      <div className="call-buttons">
        <button type="button" className={`press ${isMuted ? "press-on" : ""}`} aria-pressed={isMuted} onClick={controls.mute}>
          {isMuted ? <AudioMutedOutlined aria-hidden="true" /> : <AudioOutlined aria-hidden="true" />} {isMuted ? t.unmute : t.mute}
        </button>
        <button type="button" className={`press ${isHeld ? "press-on" : ""}`} aria-pressed={isHeld} disabled={!mine} onClick={controls.hold}>
          {isHeld ? <PlayCircleOutlined aria-hidden="true" /> : <PauseOutlined aria-hidden="true" />} {isHeld ? t.resume : t.holdIt}
        </button>
        <Popover trigger="click" content={<Keys press={controls.keys} />}>
          <button type="button" className="press" id="keypad">
            <AppstoreOutlined aria-hidden="true" /> {t.keypad}
          </button>
        </Popover>
        <button type="button" className="press" id="transfer" aria-expanded={isPassing} disabled={!mine || mine.state.transfer !== null} onClick={() => setPassing(!isPassing)}>
          <SwapOutlined aria-hidden="true" /> {t.transfer}
        </button>
        <button type="button" className="press" disabled={!mine} onClick={controls.park}>
          <ClockCircleOutlined aria-hidden="true" /> {t.park}
        </button>
        <button type="button" className="press press-end" onClick={controls.hangUp}>
          <PhoneFilled aria-hidden="true" rotate={135} /> {controls.others ? t.leave : t.hangUp}
        </button>
      </div>
      {recording && recording !== "off" && mine && (
        <div>
          <Button size="small" onClick={controls.pauseRecording}>
            {recording === "paused" ? t.resumeRecording : t.pauseRecording}
          </Button>
        </div>
      )}
      {isPassing && mine && <PassOn call={mine.call} done={() => setPassing(false)} />}
    </section>
  );
}
