import type { Shown } from "../api";

/** A fact of a call, as the server tells it. */
export type Fact = Shown["CallEventReply"];

/** How a call stands, seen by one of its agents. */
export interface CallState {
  call: string;
  /** The other side. */
  number: string;
  startedAt: number;
  answeredAt: number | null;
  ended: { at: number; cause: string; by: string } | null;
  queue: string | null;
  /** Milliseconds in the queue. */
  waited: number | null;
  /** Agents who talk with the contact, in the order in which they came. */
  agents: readonly string[];
  /** I talk with the contact since then. */
  joinedAt: number | null;
  /** The contact hears music because of me, since then. */
  heldAt: number | null;
  /** They put us on hold. */
  isHeldByThem: boolean;
  isMuted: boolean;
  parkedAt: number | null;
  /** A transfer of mine that has not ended. */
  transfer: Transfer | null;
  /** I am the one who was asked, by this colleague. */
  askedBy: string | null;
  supervisors: readonly { supervisor: string; mode: string }[];
  /** A connection that sounds badly, and whose. */
  poor: { who: string; isOneWay: boolean } | null;
  isLost: boolean;
}

export interface Transfer {
  id: string;
  mode: string;
  target: Record<string, unknown>;
  since: number;
  /** A colleague who was asked and talks with me. */
  asked: string | null;
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** The state of a call from its facts, in any order they were read: they have numbers. */
export function callState(facts: readonly Fact[], me: string): CallState | null {
  const inOrder = [...new Map(facts.map((fact) => [fact.n, fact])).values()].sort((a, b) => a.n - b.n);
  const first = inOrder[0];
  if (!first) return null;
  const start: CallState = {
    call: first.call,
    number: "",
    startedAt: first.at,
    answeredAt: null,
    ended: null,
    queue: null,
    waited: null,
    agents: [],
    joinedAt: null,
    heldAt: null,
    isHeldByThem: false,
    isMuted: false,
    parkedAt: null,
    transfer: null,
    askedBy: null,
    supervisors: [],
    poor: null,
    isLost: false,
  };
  let queuedAt: number | null = null;
  return inOrder.reduce<CallState>((state, fact) => {
    if (fact.kind === "queued") queuedAt = fact.at;
    const next = after(state, fact, me);
    return fact.kind === "left_queue" && queuedAt !== null ? { ...next, waited: fact.at - queuedAt } : next;
  }, start);
}

function after(state: CallState, { kind, at, detail }: Fact, me: string): CallState {
  const said = (detail ?? {}) as Record<string, unknown>;
  const agent = text(said.agent);
  const isMe = agent === me;
  switch (kind) {
    case "started":
      return { ...state, number: text(said.from) ?? "", startedAt: at };
    case "answered":
      return { ...state, answeredAt: at };
    case "queued":
      return { ...state, queue: text(said.queue) };
    case "agent_consulted":
      if (isMe) return { ...state, askedBy: text(said.by) };
      return text(said.by) === me && state.transfer ? { ...state, transfer: { ...state.transfer, asked: agent } } : state;
    case "agent_joined":
      return {
        ...state,
        agents: agent && !state.agents.includes(agent) ? [...state.agents, agent] : state.agents,
        ...(isMe && { joinedAt: at, askedBy: null }),
      };
    case "agent_left":
    case "agent_not_reconnected":
      return {
        ...state,
        agents: state.agents.filter((one) => one !== agent),
        ...(isMe && { joinedAt: null, heldAt: null, isMuted: false, askedBy: null, isLost: false }),
      };
    case "held":
      return agent === null ? { ...state, isHeldByThem: true } : isMe ? { ...state, heldAt: at } : state;
    case "resumed":
      return agent === null ? { ...state, isHeldByThem: false } : isMe ? { ...state, heldAt: null } : state;
    case "muted":
      return isMe ? { ...state, isMuted: true } : state;
    case "unmuted":
      return isMe ? { ...state, isMuted: false } : state;
    case "parked":
      return { ...state, parkedAt: at };
    case "retrieved":
      return { ...state, parkedAt: null };
    case "transferring":
      if (text(said.by) !== me) return state;
      return { ...state, transfer: { id: text(said.transfer) ?? "", mode: text(said.mode) ?? "", target: (said.target ?? {}) as Record<string, unknown>, since: at, asked: null } };
    case "transfer_ended":
      return state.transfer?.id === text(said.transfer) ? { ...state, transfer: null } : state;
    case "supervised": {
      const supervisor = text(said.supervisor) ?? "";
      const others = state.supervisors.filter((one) => one.supervisor !== supervisor);
      return { ...state, supervisors: [...others, { supervisor, mode: text(said.mode) ?? "" }] };
    }
    case "supervision_ended":
      return { ...state, supervisors: state.supervisors.filter((one) => one.supervisor !== text(said.supervisor)) };
    case "agent_reconnecting":
      return isMe ? { ...state, isLost: true } : state;
    case "agent_reconnected":
      return isMe ? { ...state, isLost: false } : state;
    case "sound_poor": {
      const party = said.party as Record<string, unknown> | undefined;
      return { ...state, poor: { who: text(party?.who) ?? "", isOneWay: said.one_way === true } };
    }
    case "sound_recovered":
      return { ...state, poor: null };
    case "ended":
      return { ...state, ended: { at, cause: text(said.cause) ?? "", by: text(said.by) ?? "" }, heldAt: null, transfer: null, parkedAt: null };
    default:
      return state;
  }
}
