/** What a rule does, as the page edits it. */

/** With one value each: a queue, a tag, a text, minutes. */
export const PLAIN = ["queue", "priority", "greeting", "tag", "untag", "contact_tag", "contact_untag", "note", "notice"] as const;
export const ACTIONS = [...PLAIN, "ticket", "callback", "block"] as const;
export type ActionName = (typeof ACTIONS)[number];

/** Only of use when a conversation begins. */
const FIRST: readonly ActionName[] = ["queue", "priority", "greeting"];
/** What a rule is looked at for. */
export const OCCASIONS = ["begins", "tagged", "closed", "call_begins", "call_closed"] as const;
/** What can be done when this happens. */
export const actionsOn = (on: string) => ACTIONS.filter((what) => on === "begins" || on === "call_begins" || !FIRST.includes(what));

export interface Act {
  what: ActionName;
  /** A text, or an id: of the queue, the tag, the type of tickets. */
  value?: string | null;
  minutes?: number | null;
  /** For which the contact is kept out. */
  days?: number | null;
  /** Of a ticket its title, of a callback its note. */
  text?: string | null;
}

export function writtenAct({ what, value, minutes, days, text }: Act): Record<string, unknown> {
  switch (what) {
    case "priority":
      return { priority: minutes ?? 0 };
    case "ticket":
      return { ticket: { kind: value ?? "", title: text ?? "" } };
    case "block":
      return { block: { days: days ?? 30 } };
    case "callback":
      return { callback: { in_minutes: minutes ?? 60, queue: value ?? "", note: text ?? "" } };
    default:
      return { [what]: value ?? "" };
  }
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

export function readAct(action: unknown): Act | null {
  const [name, value] = Object.entries((action ?? {}) as Record<string, unknown>)[0] ?? ["", null];
  const what = ACTIONS.find((known) => known === name);
  if (!what) return null;
  const inner = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (what === "priority") return { what, minutes: Number(value) };
  if (what === "block") return { what, days: Number(inner.days) };
  if (what === "ticket") return { what, value: textOf(inner.kind), text: textOf(inner.title) };
  if (what === "callback") return { what, value: textOf(inner.queue), minutes: Number(inner.in_minutes), text: textOf(inner.note) };
  return { what, value: textOf(value) };
}
