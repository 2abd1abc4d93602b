import type { Shown } from "../api";

export type Room = Shown["StaffRoomReply"];
export type Person = Shown["StaffPerson"];
export type Line = Shown["StaffLineReply"];

/** With whom a room is that has no name. */
export const otherIn = (room: Room, me: string) => (room.name ? null : (room.people.find((one) => one.id !== me) ?? null));

/** What a room is called in my list. */
export const nameOf = (room: Room, me: string, somebody: string) => room.name ?? otherIn(room, me)?.name ?? somebody;

/** Lines that are new to me, in all rooms. */
export const unreadIn = (rooms: readonly Room[] | undefined) => (rooms ?? []).reduce((sum, room) => sum + room.unread, 0);

/** As it stands on a sign that has place for two figures. */
export const onSign = (count: number) => (count > 99 ? "99+" : String(count));

/** How many others have read this line. */
export const readersOf = (room: Room, me: string, seq: number) => room.people.filter((one) => one.id !== me && one.read >= seq).length;

/** How long the server lets one take a line back; it has the last word. */
const RECALL = 120_000;
export const mayRecall = (line: Line, now: number) => line.mine && line.kind === "said" && !line.recalled && now - line.at < RECALL;

/** Where a conversation is opened by who may see it; `null`: this person has no page for it. */
export function leadsTo(conversation: string, isAgent: boolean, may: (right: "conversations.answer" | "recordings.play") => boolean): string | null {
  if (isAgent && may("conversations.answer")) return `/desk?conversation=${conversation}`;
  return may("recordings.play") ? `/review?c=${conversation}` : null;
}
