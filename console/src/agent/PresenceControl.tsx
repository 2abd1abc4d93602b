import { DownOutlined } from "@ant-design/icons";
import { Button, Dropdown, type MenuProps } from "antd";
import { Clock } from "../parts/Clock";
import { useWords } from "../words";
import { stateOf, useChoose, usePresence } from "./hooks";
import { BREAKS, BUSY, SYSTEM, TONES } from "./presence";
import { words } from "./words";
import "./agent.css";

/** Where I stand, since when, and what I want to be: now, or after the call. */
export function PresenceControl() {
  const t = useWords(words);
  const presence = usePresence();
  const choose = useChoose();
  const state = stateOf(presence.data);
  const later = BUSY.includes(state);
  const reasonText = (reason: string | null | undefined) => {
    if (!reason) return null;
    const known = [...BREAKS, ...SYSTEM].find((one) => one === reason);
    return known ? t[known] : reason;
  };
  const reason = reasonText(presence.data?.reason);
  const next = presence.data?.next;
  const nextText = next === "not_ready" ? (reasonText(presence.data?.next_reason) ?? t.not_ready) : next === "ready" ? t.ready : next === "logged_out" ? t.logged_out : null;

  const choices: MenuProps["items"] = [
    { key: "ready", label: t.goReady, disabled: !later && state === "ready" },
    { type: "divider" },
    { type: "group", label: t.breaks, children: BREAKS.map((one) => ({ key: `break:${one}`, label: t[one] })) },
    { type: "divider" },
    { key: "off", label: t.goOff, disabled: !later && state === "logged_out" },
  ];
  const items: MenuProps["items"] = later ? [{ type: "group", label: t.afterCall, children: choices }] : choices;
  const chosen = ({ key }: { key: string }) => {
    if (key === "ready") choose.mutate({ state: "ready", later });
    else if (key === "off") choose.mutate({ state: "logged_out", later });
    else choose.mutate({ state: "not_ready", reason: key.slice("break:".length), later });
  };
  const isOff = state === "logged_out";
  return (
    <div className="presence">
      {(state === "not_ready" || isOff) && (
        <Button type="primary" loading={choose.isPending} onClick={() => choose.mutate({ state: "ready" })} className="presence-ready">
          {t.goReady}
        </Button>
      )}
      <Dropdown menu={{ items, onClick: chosen }} trigger={["click"]} disabled={choose.isPending}>
        <button type="button" className={`presence-now tone-${TONES[state]}`} aria-label={`${t.presence}: ${t[state]}${reason ? `, ${reason}` : ""}`}>
          <span className="presence-dot" aria-hidden="true" />
          <span className="presence-words">
            <span className="presence-word">{reason ?? t[state]}</span>
            {nextText && <span className="presence-next">{t.afterThat(nextText)}</span>}
          </span>
          {!isOff && presence.data && presence.data.since > 0 && <Clock since={presence.data.since} />}
          <DownOutlined aria-hidden="true" style={{ fontSize: 10 }} />
        </button>
      </Dropdown>
    </div>
  );
}
