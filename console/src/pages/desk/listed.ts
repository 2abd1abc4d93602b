import type { Shown } from "../../api";

type Conversation = Shown["ConversationReply"];

/** A row of the list: a heading, or a conversation. */
export type Row = { is: "title"; title: string } | { is: "one"; one: Conversation };

// A call runs until it ends; what goes on by text, until somebody closes it.
const runs = (one: Conversation) => one.calls.some((call) => !call.ended_at) || (one.channel !== "phone" && !one.closed_at);

/** What runs first, under its heading, then the rest as it came. One that stands on two pages, because something came between them, is shown once. */
export function inOrder(all: readonly Conversation[], open: string, earlier: string): Row[] {
  const once = [...new Map(all.map((one) => [one.id, one])).values()];
  const part = (title: string, of: Conversation[]): Row[] => (of.length > 0 ? [{ is: "title", title }, ...of.map((one): Row => ({ is: "one", one }))] : []);
  return [...part(open, once.filter(runs)), ...part(earlier, once.filter((one) => !runs(one)))];
}
