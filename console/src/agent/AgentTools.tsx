import { PhoneFilled } from "@ant-design/icons";
import { lazy, Suspense, useState } from "react";
import { createPortal } from "react-dom";
import { Link, useLocation, useNavigate } from "react-router";
import { usePhone } from "../phone/usePhone";
import { useWords } from "../words";
import { Clock } from "../parts/Clock";
import { useCallControls } from "./controls";
import { useChoose } from "./hooks";
import { Notices } from "./Notices";
import { OfferCard } from "./OfferCard";
import { PhoneStatus } from "./PhoneStatus";
import { PresenceControl } from "./PresenceControl";
import { useRecordingsHeard } from "./recordingNow";
import type { Action } from "./shortcuts";
import { useAttention } from "./useAttention";
import { useShortcuts } from "./useShortcuts";
import { useSignals } from "./useSignals";
import { words } from "./words";
import "./agent.css";

const ShortcutsHelp = lazy(() => import("./ShortcutsHelp"));

const DESK = "/desk";

/** Bring what has this id to the eye and under the fingers, once its page is there. */
function reach(id: string, press = false): void {
  window.setTimeout(() => {
    const found = document.getElementById(id);
    found?.focus();
    if (press) found?.click();
  }, 60);
}

/** What an agent has at hand on every page: presence, the telephone, the offer, the keys. */
export default function AgentTools() {
  const t = useWords(words);
  const phone = usePhone();
  const controls = useCallControls();
  const choose = useChoose();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [isHelp, setHelp] = useState(false);
  const call = phone?.phone.call ?? null;
  const rings = call?.direction === "in" && call.stage === "ringing";
  useAttention(call);
  useRecordingsHeard();
  useSignals(controls?.mine?.state.heldAt ?? null);

  const atDesk = (id: string, press = false) => {
    void navigate(DESK);
    reach(id, press);
  };
  const act: Record<Action, () => void> = {
    answer: () => phone?.store.answer(),
    decline: () => phone?.store.decline(),
    hangUp: () => controls?.hangUp(),
    mute: () => controls?.mute(),
    hold: () => controls?.mine && controls.hold(),
    transfer: () => atDesk("transfer", true),
    keypad: () => atDesk("keypad", true),
    ready: () => choose.mutate({ state: "ready" }),
    break: () => choose.mutate({ state: "not_ready", reason: "pause" }),
    dial: () => atDesk("dial"),
    note: () => atDesk("note"),
    suggestion: () => atDesk("suggestion", true),
    // On every page of everybody, agent or not: src/colleagues listens itself.
    colleagues: () => undefined,
    help: () => setHelp(true),
  };
  const { own, change } = useShortcuts((action) => act[action]());
  const bar = document.getElementById("bar-middle");
  return (
    <>
      {bar &&
        createPortal(
          <>
            {controls && pathname !== DESK && (
              <Link to={DESK} className="mini-call" aria-label={t.toCall}>
                <PhoneFilled aria-hidden="true" />
                <span className="mini-call-word">{t.toCall}</span>
                {controls.since && <Clock since={controls.since} />}
              </Link>
            )}
            <PresenceControl />
            <PhoneStatus />
          </>,
          bar,
        )}
      <Notices />
      {rings && phone && <OfferCard key={call.id} call={call} store={phone.store} />}
      {isHelp && (
        <Suspense>
          <ShortcutsHelp own={own} change={change} close={() => setHelp(false)} />
        </Suspense>
      )}
    </>
  );
}
