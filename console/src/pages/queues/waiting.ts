import type { Shown } from "../../api";

export type Waiting = Shown["QueueWaiting"];

/** As the form holds it; 0: not at all. */
export interface WaitingWish {
  announce_s: number;
  callback_after_s: number;
  callback_above_min: number;
  callback_tries: number;
  callback_again_min: number;
  /** The calendar; none: at any hour. */
  callback_hours?: string;
  callback_first: string;
}

export const SILENT: WaitingWish = { announce_s: 0, callback_after_s: 0, callback_above_min: 0, callback_tries: 3, callback_again_min: 15, callback_first: "agent" };

const minutes = (ms: number) => Math.max(1, Math.round(ms / 60_000));

export function waitingOf({ announce_ms, callback }: Waiting): WaitingWish {
  return {
    announce_s: Math.round((announce_ms ?? 0) / 1_000),
    callback_after_s: Math.round((callback?.after_ms ?? 0) / 1_000),
    callback_above_min: callback?.above_ms ? minutes(callback.above_ms) : 0,
    callback_tries: callback?.tries ?? SILENT.callback_tries,
    callback_again_min: callback?.again_ms ? minutes(callback.again_ms) : SILENT.callback_again_min,
    callback_hours: callback?.hours ?? undefined,
    callback_first: callback?.first ?? SILENT.callback_first,
  };
}

/** As the server takes it. */
export function waitingWish(wish: WaitingWish): Waiting {
  return {
    announce_ms: wish.announce_s * 1_000,
    callback: {
      after_ms: wish.callback_after_s * 1_000,
      above_ms: wish.callback_above_min * 60_000,
      tries: wish.callback_tries,
      again_ms: wish.callback_again_min * 60_000,
      hours: wish.callback_hours ?? null,
      first: wish.callback_first,
    },
  };
}
