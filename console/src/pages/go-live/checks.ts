import type { Shown } from "../../api";

export type Check = Shown["CheckReply"];

/** Where each is mended; the others are mended on the machine. */
export const PLACES: Record<string, string> = {
  trunk_in: "/trunks",
  trunk_out: "/trunks",
  recording_announcement: "/flows",
  empty_queue: "/flows",
  holidays: "/numbers",
  admin_second_factor: "/security",
  demo_data: "/users",
};

const ORDER = ["red", "amber", "green"];

export const red = (checks: readonly Check[]) => checks.filter((check) => check.state === "red");

/** What hinders first; within a colour as the server names them. */
export const inOrder = (checks: readonly Check[]) => [...checks].sort((one, two) => ORDER.indexOf(one.state) - ORDER.indexOf(two.state));
