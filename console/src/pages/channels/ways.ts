import type { Shown } from "../../api";
import type { Inbox, Trunk } from "../settings/data";

export type TextInbox = Shown["TextInboxReply"];
export type InboxState = Shown["InboxStateReply"];

/** How a way in fares, in a word of the dictionary; `good`: nothing is wrong. */
export type Faring = "off" | "closed" | "failing" | "noWebhook" | "noNumber" | "noFlow" | "works" | "quiet" | "down" | "notRegistered" | "up" | "unknown";

/** A way by which contacts come: an inbox, or a trunk that carries calls. */
export interface Way {
  id: string;
  /** `phone`, `web_chat`, `api` …, or `trunk`. */
  kind: string;
  name: string;
  /** Numbers, sites, a webhook, a host. */
  address: string;
  faring: Faring;
  /** Where its settings are. */
  place: string;
  heardAt: number | null;
  pending: number;
  failed: number;
  /** What went wrong last: when, and in words. */
  fault: { at: number; words: string } | null;
}

export const TONES: Record<Faring, "good" | "bad" | "warn" | "quiet"> = {
  off: "quiet",
  closed: "warn",
  failing: "bad",
  noWebhook: "warn",
  noNumber: "warn",
  noFlow: "warn",
  works: "good",
  quiet: "quiet",
  down: "bad",
  notRegistered: "bad",
  up: "good",
  unknown: "quiet",
};

export function ofInbox(inbox: Inbox, text: TextInbox | undefined, state: InboxState | undefined): Way {
  const isPhone = inbox.channel === "phone";
  const address = isPhone ? inbox.numbers.join(", ") : text?.site ? (text.site.allowed ?? []).join(", ") : (text?.webhook ?? "");
  return {
    id: inbox.id,
    kind: inbox.channel,
    name: inbox.name,
    address,
    faring: faring(inbox, text, state),
    place: isPhone ? "/numbers" : "/sites",
    heardAt: state?.heard_at ?? null,
    pending: state?.pending ?? 0,
    failed: state?.failed ?? 0,
    fault: state?.last_failure ? { at: state.last_failure.at, words: state.last_failure.reason ?? "" } : null,
  };
}

function faring(inbox: Inbox, text: TextInbox | undefined, state: InboxState | undefined): Faring {
  if (!inbox.active) return "off";
  if (inbox.closed) return "closed";
  if (inbox.channel === "phone" && inbox.numbers.length === 0) return "noNumber";
  if (inbox.channel === "phone" && !inbox.flow) return "noFlow";
  if (inbox.channel === "api" && text && !text.webhook) return "noWebhook";
  if (state && state.failed > 0) return "failing";
  return state?.heard_at ? "works" : "quiet";
}

export function ofTrunk(trunk: Trunk): Way {
  const { last_failure: last } = trunk;
  const host = (trunk.settings as { host?: string }).host;
  return {
    id: trunk.id,
    kind: "trunk",
    name: trunk.name,
    address: host ?? trunk.networks.join(", "),
    faring: trunk.registered === false ? "notRegistered" : trunk.health === "up" || trunk.health === "down" ? trunk.health : "unknown",
    place: "/trunks",
    heardAt: null,
    pending: 0,
    failed: 0,
    fault: last ? { at: last.at, words: [last.what.replaceAll("_", " "), last.status].filter(Boolean).join(" ") } : null,
  };
}

/** What is broken first, then what wants a look, then by kind and name. */
export function inOrder(ways: readonly Way[]): Way[] {
  const weight = { bad: 0, warn: 1, good: 2, quiet: 2 } as const;
  return [...ways].sort((a, b) => weight[TONES[a.faring]] - weight[TONES[b.faring]] || a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name));
}
