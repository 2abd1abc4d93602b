/**
 * The telephone of one page as a pure machine: what the library and the person do goes in, what is to be done comes out. It has one
 * call at a time, as routing gives an agent one; a second one is busy, but for the call that comes back after a cut.
 */

/** `lost`: the socket is cut and comes back by itself. `refused`: the server does not take us; somebody has to look. */
export type Registration = "off" | "connecting" | "ready" | "lost" | "refused";

/** Why a call is picked up without a person: it is ours and comes back; we asked for it; its agent wants it so. */
export type Auto = "return" | "asked" | "chosen";

export interface PhoneCall {
  id: string;
  direction: "in" | "out";
  stage: "ringing" | "connecting" | "talking";
  number: string;
  name: string | null;
  /** What rings: the offer's work item. */
  workItem: string | null;
  offer: string | null;
  auto: Auto | null;
  /** Milliseconds since 1970: of the present stage. */
  since: number;
  isMuted: boolean;
}

export interface Phone {
  registration: Registration;
  call: PhoneCall | null;
  /** How the last call ended, until the next begins. */
  ended: { cause: string; by: "us" | "them"; at: number } | null;
}

export const IDLE: Phone = { registration: "off", call: null, ended: null };

export interface Incoming {
  id: string;
  number: string;
  name: string | null;
  workItem: string | null;
  offer: string | null;
  auto: Auto | null;
}

export type Input =
  | { on: "registration"; is: Registration }
  | { on: "incoming"; call: Incoming }
  | { on: "dialling"; id: string; number: string }
  | { on: "talking"; id: string }
  | { on: "over"; id: string; cause: string; by: "us" | "them" }
  | { on: "answer" }
  | { on: "decline" }
  | { on: "hangUp" }
  | { on: "mute"; isMuted: boolean };

export type Command =
  | { do: "answer"; id: string }
  | { do: "refuse"; id: string; status: 486 | 603 }
  | { do: "end"; id: string }
  | { do: "mute"; id: string; isMuted: boolean }
  | { do: "ring"; how: "ring" | "beep" }
  | { do: "silence" };

type Stepped = readonly [Phone, readonly Command[]];

export function step(phone: Phone, input: Input, now: number): Stepped {
  switch (input.on) {
    case "registration":
      return [{ ...phone, registration: input.is }, []];
    case "incoming":
      return incoming(phone, input.call, now);
    case "dialling":
      return phone.call
        ? [phone, [{ do: "end", id: input.id }]]
        : [{ ...phone, ended: null, call: { ...made(input.id, input.number, now), direction: "out" } }, []];
    case "talking":
      return talking(phone, input.id, now);
    case "over":
      return over(phone, input, now);
    case "answer":
      return answer(phone, now);
    case "decline":
      return phone.call?.direction === "in" && phone.call.stage === "ringing" ? [phone, [{ do: "silence" }, { do: "refuse", id: phone.call.id, status: 603 }]] : [phone, []];
    case "hangUp":
      return hangUp(phone);
    case "mute":
      return mute(phone, input.isMuted);
  }
}

function made(id: string, number: string, now: number): PhoneCall {
  return { id, direction: "in", stage: "ringing", number, name: null, workItem: null, offer: null, auto: null, since: now, isMuted: false };
}

function incoming(phone: Phone, { id, number, name, workItem, offer, auto }: Incoming, now: number): Stepped {
  const old = phone.call;
  // The server rings somebody who talks only to give them their own call back.
  if (old && auto !== "return") return [phone, [{ do: "refuse", id, status: 486 }]];
  const call: PhoneCall = { ...made(id, number, now), name, workItem, offer, auto, isMuted: old?.isMuted ?? false };
  if (!auto) return [{ ...phone, ended: null, call }, [{ do: "ring", how: "ring" }]];
  const connecting: PhoneCall = { ...call, stage: "connecting" };
  // What comes back was heard before; anything else is announced, so that nobody is heard unawares.
  const beep: Command[] = auto === "chosen" ? [{ do: "ring", how: "beep" }] : [];
  return [{ ...phone, ended: null, call: connecting }, [...beep, { do: "answer", id }]];
}

function talking(phone: Phone, id: string, now: number): Stepped {
  const { call } = phone;
  if (call?.id !== id || call.stage === "talking") return [phone, []];
  const again: Command[] = call.isMuted ? [{ do: "mute", id, isMuted: true }] : [];
  return [{ ...phone, call: { ...call, stage: "talking", since: now } }, [{ do: "silence" }, ...again]];
}

function over(phone: Phone, { id, cause, by }: { id: string; cause: string; by: "us" | "them" }, now: number): Stepped {
  // The leg that a returned call took the place of ends by itself.
  if (phone.call?.id !== id) return [phone, []];
  return [{ ...phone, call: null, ended: { cause, by, at: now } }, [{ do: "silence" }]];
}

function answer(phone: Phone, now: number): Stepped {
  const { call } = phone;
  if (call?.direction !== "in" || call.stage !== "ringing") return [phone, []];
  return [{ ...phone, call: { ...call, stage: "connecting", since: now } }, [{ do: "silence" }, { do: "answer", id: call.id }]];
}

function hangUp(phone: Phone): Stepped {
  const { call } = phone;
  if (!call) return [phone, []];
  if (call.direction === "in" && call.stage === "ringing") return step(phone, { on: "decline" }, call.since);
  return [phone, [{ do: "silence" }, { do: "end", id: call.id }]];
}

function mute(phone: Phone, isMuted: boolean): Stepped {
  const { call } = phone;
  if (!call || call.isMuted === isMuted) return [phone, []];
  return [{ ...phone, call: { ...call, isMuted } }, [{ do: "mute", id: call.id, isMuted }]];
}
