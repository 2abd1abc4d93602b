import type { Tone } from "../../parts";

/** In the order in which a supervisor looks: who is in trouble or in talk first, who is away last. */
const ORDER = ["reconnecting", "hold", "talking", "offered", "reserved", "wrap_up", "ready", "not_ready", "logged_out"];

export const TONES: Record<string, Tone> = {
  reconnecting: "bad",
  hold: "warn",
  talking: "busy",
  offered: "warn",
  reserved: "warn",
  wrap_up: "quiet",
  ready: "good",
  not_ready: "quiet",
  logged_out: "quiet",
};

interface OnFloor {
  name: string;
  state: string;
  since: number;
}

/** By state, and within it those first who have been in it longest. */
export function ordered<T extends OnFloor>(agents: readonly T[]): T[] {
  const place = (state: string) => (ORDER.includes(state) ? ORDER.indexOf(state) : ORDER.length);
  return [...agents].sort((a, b) => place(a.state) - place(b.state) || a.since - b.since || a.name.localeCompare(b.name));
}

/** After so long somebody should look: a talk of half an hour, a wrap-up of five minutes. */
export const LATE_MS: Record<string, number> = {
  reconnecting: 10_000,
  hold: 120_000,
  talking: 1_800_000,
  offered: 20_000,
  wrap_up: 300_000,
};

/** A caller who waits longer than that is shown as too long. */
export const LONG_WAIT_MS = 120_000;
