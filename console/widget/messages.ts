/** What the site's page and the frame in it say to each other. */
export type ToFrame =
  | { ringdesk: "page"; url: string; title: string; referrer: string; language: string }
  /** Another page, without a load. */
  | { ringdesk: "moved"; url: string; title: string }
  /** Somebody did something; never what they typed. */
  | { ringdesk: "did"; kind: "click" | "form" | "event"; name: string; fields?: Fields }
  | { ringdesk: "consent"; agrees: boolean };
export type Fields = Record<string, string | number | boolean>;
export type FromFrame =
  | { ringdesk: "ready" }
  /** It has something to show; `title` is what the frame is called. */
  | { ringdesk: "shown"; open: boolean; title: string }
  | { ringdesk: "open"; open: boolean };

const has = (data: unknown): data is { ringdesk: unknown } => typeof data === "object" && data !== null && "ringdesk" in data;

export const isFromFrame = (data: unknown): data is FromFrame => has(data) && ["ready", "shown", "open"].includes(String(data.ringdesk));
export const isPage = (data: unknown): data is ToFrame & { ringdesk: "page" } => has(data) && data.ringdesk === "page";
export const isToFrame = (data: unknown): data is ToFrame => has(data) && ["page", "moved", "did", "consent"].includes(String(data.ringdesk));
