/**
 * The conversation as a visitor has it: lines by their numbers, what was written and is not acknowledged yet, and what is only true at
 * the moment. Pure: the socket and the page are elsewhere. Lines come in any order and more than once, and stand once and in theirs.
 */
export interface Sent {
  name: string;
  kind: string;
  path: string;
}

/** Of lines that say something. */
const KINDS = ["text", "joined", "left", "passed", "closed"] as const;

export interface Line {
  seq: number;
  kind: "text" | "joined" | "left" | "passed" | "closed" | "none";
  by: "me" | "agent" | "house";
  name: string | null;
  /** From whom they took it over, where they did. */
  from: string | null;
  text: string;
  at: number;
  recalled: boolean;
  edited: boolean;
  files: readonly Sent[];
}

/** A text of mine that is not acknowledged. Its id makes sending it again harmless. */
export interface Waiting {
  id: string;
  text: string;
  name?: string;
  reach?: string;
  /** Files that the server has, by its names for them, and what to call them meanwhile. */
  files?: readonly { id: string; name: string }[];
  /** Held: somebody looks at it before it is delivered. */
  state: "sending" | "failed" | "held";
  /** Why it failed: the server's word. */
  reason?: string;
  /** What the house says to it in its own words. */
  told?: string;
  /** It goes out again by itself then (a moment, in milliseconds). */
  againAt?: number;
}

export interface Chat {
  conversation: string | null;
  lines: ReadonlyMap<number, Line>;
  waiting: readonly Waiting[];
  /** How far the house has read. */
  seen: number;
  closed: boolean;
  attended: boolean | null;
  queue: { position: number; estimate: number | null } | null;
  /** Who types, and until when that is believed. */
  typing: { name: string; until: number } | null;
  agent: string | null;
}

export const TYPING_FOR = 6_000;

export const empty: Chat = {
  conversation: null,
  lines: new Map(),
  waiting: [],
  seen: 0,
  closed: false,
  attended: null,
  queue: null,
  typing: null,
  agent: null,
};

/** Up to where nothing is missing. */
export function complete(lines: ReadonlyMap<number, Line>): number {
  let last = 0;
  while (lines.has(last + 1)) last += 1;
  return last;
}

/** Lines after the first gap are held back: what is shown has its order and no holes. */
export function shown(chat: Chat): Line[] {
  const end = complete(chat.lines);
  return [...chat.lines.values()].filter((line) => line.seq <= end && line.kind !== "none").sort((a, b) => a.seq - b.seq);
}

/** Is there a line beyond a gap? */
export const isMissing = (chat: Chat) => chat.lines.size > complete(chat.lines);

export type Frame = Record<string, unknown> & { t: string };

const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const text = (value: unknown) => (typeof value === "string" ? value : "");
const words = (value: unknown) => (typeof value === "string" ? value : null);

/** Another conversation: what is on its way goes into that one. */
const begun = (chat: Chat, conversation: string | null): Chat =>
  chat.conversation === conversation ? chat : { ...chat, conversation, lines: new Map(), seen: 0, closed: false, agent: null, typing: null };

/** One frame of the server further. */
export function heard(chat: Chat, frame: Frame, now: number): Chat {
  switch (frame.t) {
    case "welcome": {
      const same = begun(chat, words(frame.conversation));
      // The server counts from its own number where ours does not fit.
      const lines = number(frame.after) === 0 ? new Map<number, Line>() : same.lines;
      // What was held is asked for again: the server knows it by its name, and what became of it.
      const waiting = chat.waiting.map((one): Waiting => (one.state === "held" ? { ...one, state: "sending" } : one));
      return { ...same, lines, waiting, seen: number(frame.seen), closed: frame.closed === true, attended: frame.attended === true, queue: null };
    }
    case "conversation":
      return begun(chat, words(frame.conversation));
    case "line":
      return words(frame.conversation) === chat.conversation ? line(chat, frame) : chat;
    case "ack":
      return { ...begun(chat, words(frame.conversation)), closed: false, waiting: chat.waiting.filter((one) => one.id !== frame.id) };
    case "refused": {
      const again = typeof frame.after_ms === "number" ? now + frame.after_ms : undefined;
      const reason = text(frame.reason);
      const why = { reason, told: words(frame.text) ?? undefined };
      const told = (one: Waiting): Waiting => (again === undefined ? { ...one, ...why, state: "failed" } : { ...one, ...why, state: "sending", againAt: again });
      return { ...chat, waiting: chat.waiting.map((one) => (one.id === frame.id ? told(one) : one)) };
    }
    case "held":
      return { ...chat, waiting: chat.waiting.map((one): Waiting => (one.id === frame.id ? { ...one, state: "held", reason: undefined, told: undefined, againAt: undefined } : one)) };
    case "seen":
      return { ...chat, seen: Math.max(chat.seen, number(frame.seq)) };
    case "attended":
      return { ...chat, attended: frame.attended === true };
    case "queue":
      return { ...chat, queue: typeof frame.position === "number" ? { position: frame.position, estimate: typeof frame.estimate_s === "number" ? frame.estimate_s : null } : null };
    case "typing":
      return { ...chat, typing: { name: text(frame.name), until: now + TYPING_FOR } };
    default:
      return chat;
  }
}

/** Only paths of this server. */
const files = (value: unknown): Sent[] =>
  (Array.isArray(value) ? (value as (Record<string, unknown> | null)[]) : [])
    .map((one) => ({ name: text(one?.name), kind: text(one?.kind), path: text(one?.path) }))
    .filter((one) => one.path.startsWith("/public/"));

function line(chat: Chat, frame: Frame): Chat {
  const seq = number(frame.seq);
  if (seq < 1 || chat.lines.has(seq)) return chat;
  const lines = new Map(chat.lines);
  const kind = text(frame.kind);
  const changed = (change: Partial<Line>) => {
    const of = lines.get(number(frame.of));
    if (of) lines.set(of.seq, { ...of, ...change });
  };
  if (kind === "recalled") changed({ text: "", recalled: true, files: [] });
  if (kind === "edited") changed({ text: text(frame.text), edited: true });
  const known = KINDS.find((one) => one === kind) ?? "none";
  const by = frame.by === "me" || frame.by === "agent" ? frame.by : "house";
  const name = words(frame.name);
  lines.set(seq, { seq, kind: known, by, name, from: words(frame.from), text: text(frame.text), at: number(frame.at), recalled: frame.recalled === true, edited: frame.edited === true, files: files(frame.files) });
  // One that was held and is there now; it comes without the name that it waited under.
  const held = known === "text" && by === "me" ? chat.waiting.find((one) => one.state === "held" && one.text === text(frame.text)) : undefined;
  const next: Chat = { ...chat, lines, waiting: chat.waiting.filter((one) => one !== held) };
  if (known === "text" && by === "agent") return { ...next, typing: null, agent: name ?? chat.agent };
  if (known === "joined") return { ...next, agent: name, queue: null, closed: false };
  if (known === "left" && next.agent === name) return { ...next, agent: null, typing: null };
  if (known === "passed") return { ...next, agent: null, typing: null };
  if (known === "closed") return { ...next, closed: true, agent: null, queue: null, typing: null };
  return next;
}

export const written = (chat: Chat, one: Omit<Waiting, "state">): Chat =>
  chat.waiting.some((other) => other.id === one.id) ? chat : { ...chat, waiting: [...chat.waiting, { ...one, state: "sending" }] };

export const again = (chat: Chat, id: string): Chat => ({
  ...chat,
  waiting: chat.waiting.map((one) => (one.id === id ? { ...one, state: "sending", reason: undefined, told: undefined, againAt: undefined } : one)),
});

export const dropped = (chat: Chat, id: string): Chat => ({ ...chat, waiting: chat.waiting.filter((one) => one.id !== id) });

/** Texts of others that are shown, the last of them. */
export const lastOfOthers = (chat: Chat) => shown(chat).reduce((last, one) => (one.by === "me" ? last : one.seq), 0);
