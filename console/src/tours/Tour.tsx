import { Button } from "antd";
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { createPortal } from "react-dom";
import { useLocation, useNavigate } from "react-router";
import { useLanguage, useWords } from "../words";
import { placed } from "./place";
import { TOURS, type Role } from "./steps";
import { useControl } from "./useControl";
import { STEPS, words } from "./words";
import css from "./tour.module.css";

/** Around the control. */
const MARGIN = 5;

/**
 * Five steps, each at a real control. It is a dialog: the fingers stay in it, Escape leaves it for good, arrows turn its pages, and
 * afterwards they are where they were.
 */
export function Tour({ role, close }: { role: Role; close: () => void }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [n, setStep] = useState(0);
  const steps = TOURS[role];
  const step = steps[n] ?? steps[0];
  const isHere = step.page === null || pathname.startsWith(step.page);
  const control = useControl(isHere ? step.at : []);
  const card = useRef<HTMLDivElement>(null);
  const main = useRef<HTMLButtonElement>(null);
  const [where, setWhere] = useState<{ left: number; top: number } | null>(null);

  useEffect(() => {
    if (!isHere && step.page) void navigate(step.page);
  }, [isHere, step.page, navigate]);

  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before !== document.body) before.focus();
      else document.getElementById("content")?.focus();
    };
  }, []);

  useLayoutEffect(() => {
    if (!card.current || control === undefined) return;
    const { width, height } = card.current.getBoundingClientRect();
    setWhere(placed(control, { width, height }, { width: window.innerWidth, height: window.innerHeight }));
  }, [control, n, t]);

  const isPlaced = where !== null && control !== undefined;
  useEffect(() => {
    if (isPlaced) main.current?.focus({ preventScroll: true });
  }, [n, isPlaced]);

  const last = n === steps.length - 1;
  const forth = () => (last ? close() : setStep(n + 1));
  const back = () => setStep(Math.max(0, n - 1));
  const pressed = (event: KeyboardEvent) => {
    const acts: Record<string, () => void> = { Escape: close, ArrowRight: forth, ArrowLeft: back };
    const act = acts[event.key];
    if (act) act();
    else if (event.key === "Tab") turn(event, card.current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const [title, text] = STEPS[language][role][step.name] ?? ["", ""];
  return createPortal(
    <div className={css.layer} onKeyDown={pressed}>
      {control ? (
        <div
          className={css.light}
          style={{ left: control.left - MARGIN, top: control.top - MARGIN, width: control.width + 2 * MARGIN, height: control.height + 2 * MARGIN }}
        />
      ) : (
        <div className={css.dim} />
      )}
      <div
        ref={card}
        role="dialog"
        aria-modal="true"
        aria-labelledby="tour-title"
        aria-describedby="tour-text"
        className={css.card}
        data-step={step.name}
        // Not `visibility`: buttons change theirs by and by, and what is hidden takes no focus.
        style={isPlaced ? where : { left: 0, top: 0, opacity: 0 }}
      >
        <p className={css.count}>{t.of(n + 1, steps.length)}</p>
        <h2 id="tour-title">{title}</h2>
        <p id="tour-text">{text}</p>
        <div className={css.acts}>
          <Button type="text" onClick={close}>
            {t.skip}
          </Button>
          <span className={css.turn}>
            {n > 0 && <Button onClick={back}>{t.back}</Button>}
            <Button type="primary" ref={main} onClick={forth}>
              {last ? t.done : t.next}
            </Button>
          </span>
        </div>
        <p className={css.keys}>{t.keys}</p>
      </div>
    </div>,
    document.body,
  );
}

/** Tab goes round in the card. */
function turn(event: KeyboardEvent, card: HTMLElement | null): void {
  const all = [...(card?.querySelectorAll<HTMLElement>("button") ?? [])];
  const at = all.findIndex((one) => one === document.activeElement);
  all[(at + (event.shiftKey ? all.length - 1 : 1)) % all.length]?.focus();
}
