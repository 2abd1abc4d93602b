import type { Tone } from "../parts/Badge";

/** States of an agent, as the server names them. */
export const STATES = ["ready", "not_ready", "reserved", "offered", "talking", "hold", "wrap_up", "reconnecting", "logged_out"] as const;
export type State = (typeof STATES)[number];

export const isState = (text: string): text is State => (STATES as readonly string[]).includes(text);

/** Reasons of a break that one chooses; the house's own words for them are in the books as these keys. */
export const BREAKS = ["lunch", "pause", "training", "meeting", "backOffice"] as const;

/** Reasons that the system gives. */
export const SYSTEM = ["no_answer", "unreachable", "restart", "disconnected", "declined"] as const;

export const TONES: Record<State, Tone> = {
  ready: "good",
  not_ready: "warn",
  reserved: "busy",
  offered: "busy",
  talking: "busy",
  hold: "warn",
  wrap_up: "warn",
  reconnecting: "bad",
  logged_out: "quiet",
};

/** In these one has work in hand: what one chooses then counts for afterwards. */
export const BUSY: readonly State[] = ["reserved", "offered", "talking", "hold", "reconnecting"];
