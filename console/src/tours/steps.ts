import type { Session } from "../session";

export type Role = "agent" | "supervisor" | "reviewer" | "administrator";

/** A step stands at a real control: the first of these that can be seen. Without any it stands alone. */
export interface Step {
  name: string;
  /** The page it belongs to; `null`: whichever is open. */
  page: string | null;
  at: readonly string[];
}

const MENU = "button.bar-menu";
const menu = (place: string) => [`.side a[href="${place}"]`, MENU];
const ACCOUNT = "button.account";

/** Five each: what somebody needs for the first quarter of an hour. */
export const TOURS: Record<Role, readonly [Step, Step, Step, Step, Step]> = {
  agent: [
    { name: "presence", page: "/desk", at: [".presence-ready", ".presence-now"] },
    { name: "phone", page: "/desk", at: ["[data-phone]"] },
    { name: "list", page: "/desk", at: [".desk-list .card:last-child .card-head", ".desk-list"] },
    { name: "dial", page: "/desk", at: ["#dial", ".desk-side .card-head"] },
    { name: "again", page: null, at: [ACCOUNT] },
  ],
  supervisor: [
    { name: "figures", page: "/floor", at: ["main dl"] },
    { name: "agents", page: "/floor", at: ['main [class*="columns"] > section:last-child', "main .card"] },
    { name: "wallboard", page: "/floor", at: ['main a[href="/wallboard"]'] },
    { name: "alerts", page: "/floor", at: menu("/alerts") },
    { name: "again", page: null, at: [ACCOUNT] },
  ],
  reviewer: [
    { name: "find", page: "/review", at: ["main form", "main input"] },
    { name: "filters", page: "/review", at: ["main section button[aria-expanded]", "main section button"] },
    { name: "open", page: "/review", at: ["main section li button", "main section:first-of-type"] },
    { name: "wallboard", page: "/review", at: menu("/floor") },
    { name: "again", page: null, at: [ACCOUNT] },
  ],
  administrator: [
    { name: "guide", page: "/guide", at: ["main ol li[data-now] a", "main ol a"] },
    { name: "users", page: "/guide", at: menu("/users") },
    { name: "numbers", page: "/guide", at: menu("/numbers") },
    { name: "flows", page: "/guide", at: menu("/flows") },
    { name: "again", page: null, at: [ACCOUNT] },
  ],
};

/** Whose tour somebody has: that of the most they may do. */
export function roleOf({ may, agent }: Pick<Session, "may" | "agent">): Role | null {
  if (may("settings.manage")) return "administrator";
  if (may("work.assign")) return "supervisor";
  if (may("recordings.play")) return "reviewer";
  return agent && may("conversations.answer") ? "agent" : null;
}
