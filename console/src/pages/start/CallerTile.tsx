import { PhoneOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { Clock } from "../../parts";
import { useWords } from "../../words";
import { calls } from "./calls";
import type { Call, Visitor } from "./visitor";
import { words } from "./words";
import css from "./start.module.css";

const KEYS = ["1", "2", "3", "0", "*", "#"];
/** Clocks of two machines differ; what opened a little before is this call all the same. */
const SLACK_MS = 5_000;

export function CallerTile() {
  const t = useWords(words);
  const visitor = useRef<Visitor | null>(null);
  const [call, setCall] = useState<Call>({ is: "idle" });
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => () => visitor.current?.hangUp(), []);

  const dial = async () => {
    setTrouble(null);
    // The telephone is loaded when somebody calls.
    const { Visitor: Caller } = await import("./visitor");
    visitor.current ??= new Caller(setCall);
    try {
      await visitor.current.dial("1000");
      calls(Date.now() - SLACK_MS);
    } catch (fault) {
      setTrouble(fault instanceof DOMException && fault.name === "NotFoundError" ? t.noMicrophone : t.microphone);
    }
  };
  const isLive = call.is === "dialling" || call.is === "talking";
  return (
    <li className={css.tile} data-live={isLive || undefined}>
      <PhoneOutlined className={css.icon} aria-hidden />
      <h2>2. {t.caller}</h2>
      <p className="soft">{t.callerHelp}</p>
      <div className={css.acts}>
        {trouble && <Alert type="error" showIcon title={trouble} />}
        <p className={css.state} role="status">
          {call.is === "dialling" && t.dialling}
          {call.is === "talking" && (
            <>
              {t.talking} <Clock since={call.since} />
            </>
          )}
          {call.is === "over" && (call.why ? t.refused(call.why) : t.over)}
        </p>
        {call.is === "talking" && (
          <>
            <div className={css.keys}>
              {KEYS.map((key) => (
                <Button key={key} aria-label={t.key(key)} onClick={() => visitor.current?.press(key)}>
                  {key}
                </Button>
              ))}
            </div>
            <p className="soft">{t.keysHelp}</p>
          </>
        )}
        {isLive ? (
          <Button danger size="large" onClick={() => visitor.current?.hangUp()}>
            {t.hangUp}
          </Button>
        ) : (
          <Button type="primary" size="large" onClick={() => void dial()}>
            {t.callerAct}
          </Button>
        )}
      </div>
    </li>
  );
}
