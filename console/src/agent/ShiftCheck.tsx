import { CheckCircleOutlined, CloseCircleOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { usePhone } from "../phone/usePhone";
import { useWords } from "../words";
import { words } from "./deviceWords";
import { Level } from "./Level";
import { verdict, type Line, type Measured } from "./verdict";
import { words as common } from "./words";

/** The house's echo: it plays back what it hears. */
const ECHO = "1003";
/** As long as somebody speaks. */
const LASTS = 8_000;

const ICONS: Record<Line["is"], ReactNode> = {
  good: <CheckCircleOutlined style={{ color: "var(--good)" }} />,
  warn: <ExclamationCircleOutlined style={{ color: "var(--warn)" }} />,
  bad: <CloseCircleOutlined style={{ color: "var(--bad)" }} />,
};

/** A call to oneself before the shift: does the microphone hear, does the sound come back, how good is the line? */
export function ShiftCheck() {
  const t = useWords(words);
  const c = useWords(common);
  const phone = usePhone();
  const [said, setSaid] = useState<ReturnType<typeof verdict> | null>(null);
  const measured = useRef<Measured | null>(null);
  const call = phone?.phone.call ?? null;
  const isChecking = call?.direction === "out" && call.number === ECHO;
  const isTalking = isChecking && call.stage === "talking";
  const store = phone?.store;
  const quality = phone?.quality ?? null;
  const clips = phone?.clips ?? false;

  // What is measured while it runs.
  useEffect(() => {
    if (!measured.current) return;
    measured.current.quality = quality ?? measured.current.quality;
    measured.current.hasClipped ||= clips;
  }, [quality, clips]);
  useEffect(() => {
    if (!isTalking || !store) return;
    measured.current = { loudest: 0, hasClipped: false, cameBack: false, quality: null };
    const unsubscribe = store.subscribeLevel(() => {
      const now = measured.current;
      if (now) now.loudest = Math.max(now.loudest, store.getLevel());
    });
    const ear = window.setInterval(() => {
      if (measured.current && store.getFarLevel() > 0.01) measured.current.cameBack = true;
    }, 100);
    const timer = window.setTimeout(store.hangUp, LASTS);
    return () => {
      unsubscribe();
      window.clearInterval(ear);
      window.clearTimeout(timer);
      if (measured.current) setSaid(verdict(measured.current));
      measured.current = null;
    };
  }, [isTalking, store]);

  if (!phone) return null;
  const isReady = phone.phone.registration === "ready";
  return (
    <div className="pass-on">
      <h3>{t.check}</h3>
      <p className="soft">{t.checkAbout}</p>
      {phone.trouble && <p style={{ color: "var(--bad)" }}>{c[phone.trouble]}</p>}
      {isTalking && (
        <div className="asked" role="status">
          {t.speak} <Level />
        </div>
      )}
      {said && !isChecking && (
        <div role="status">
          <ul className="verdict">
            {said.lines.map((line) => (
              <li key={line.word}>
                <span aria-hidden="true">{ICONS[line.is]}</span> {t[line.word]}
              </li>
            ))}
          </ul>
          <strong>{said.isReady ? t.ready : t.notReady}</strong>
        </div>
      )}
      <div className="pass-actions">
        {isChecking ? (
          <Button onClick={phone.store.hangUp}>{t.stop}</Button>
        ) : (
          <Button
            type="primary"
            disabled={!isReady || call !== null}
            onClick={() => {
              setSaid(null);
              void phone.store.dial(ECHO);
            }}
          >
            {t.begin}
          </Button>
        )}
        {!isReady && <span className="soft">{t.notRegistered}</span>}
      </div>
    </div>
  );
}
