import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";
import type { Happened } from "../events";
import { useAccount } from "../session";
import type { Language } from "../words";

const ACCOUNT = "/api/v1/accounts/{account_id}";

export type Notice = Shown["NoticeReply"];
export type Choice = Shown["NoticeChoiceReply"];

/** In the order in which they stand on the page. */
export const CHANNELS = ["list", "sound", "desktop"] as const;
/** These have a sound that presses. */
const PRESSING = new Set(["text_overdue", "ticket_overdue", "callback_due"]);
/** These are shown by what they are about, where one looks: the telephone's card, the line of the desk. */
const SHOWN_ELSEWHERE = new Set(["enquiry", "text_overdue", "callback_due"]);

/** What somebody reads: their language, or the one there is. */
export const inWords = (texts: Record<string, string>, language: Language): string => texts[language === "zh" ? "zh-CN" : "en"] ?? Object.values(texts)[0] ?? "";

/** Where a notice leads; `null`: nowhere. */
export function leadsTo(place: string): string | null {
  const [what, id] = place.split(":");
  if (what === "ticket" && id) return `/tickets/${id}`;
  if (what === "security") return "/security";
  if (what === "conversation" || what === "call" || what === "callbacks" || what === "left_messages") return "/desk";
  return null;
}

/** What is to be done about a notice that was just given. */
export interface Given {
  sound: "message" | "overdue" | null;
  /** A card on the page, where one looks at it. */
  card: string | null;
  /** The browser's own, while one looks elsewhere. */
  desktop: string | null;
}

export function given({ type, data }: Happened, language: Language): Given | null {
  if (type !== "notice_given" || typeof data.kind !== "string" || !Array.isArray(data.channels)) return null;
  const text = inWords((data.texts ?? {}) as Record<string, string>, language);
  const has = (channel: string) => (data.channels as unknown[]).includes(channel);
  // A call rings by itself, and its notice goes when it is answered.
  const isCall = String(data.place ?? "").startsWith("call:");
  return {
    sound: has("sound") ? (PRESSING.has(data.kind) ? "overdue" : "message") : null,
    card: has("desktop") && !SHOWN_ELSEWHERE.has(data.kind) ? text : null,
    desktop: has("desktop") && !isCall ? text : null,
  };
}

export function useNotices() {
  const account = useAccount();
  return useInfiniteQuery({
    queryKey: ["notices"],
    queryFn: ({ pageParam }) => done(api.GET(`${ACCOUNT}/notices`, { params: { path: account, query: pageParam ? { before: pageParam } : {} } })),
    initialPageParam: "",
    getNextPageParam: ({ notices }) => (notices.length === 50 ? notices.at(-1)?.id : undefined),
  });
}

export function useNoticeChoices() {
  const account = useAccount();
  return useQuery({
    queryKey: ["notice_choices"],
    queryFn: () => done(api.GET(`${ACCOUNT}/notice_choices`, { params: { path: account } })),
  });
}
