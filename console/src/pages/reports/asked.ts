import { internalOf, type Internal } from "../../parts/internal";

/** What a report is asked, as it stands in the address bar: a report can be sent to a colleague. */
export type Asked = {
  metric: string;
  days: number;
  by: string;
  channel: string | null;
  inbox: string | null;
  tag: string | null;
  segment: string | null;
  /** What staff ask the house's help desks. */
  internal: Internal;
};

export const PERIODS = [1, 7, 30, 90] as const;
const FILTERS = ["channel", "inbox", "tag", "segment"] as const;

export function asked(search: URLSearchParams): Asked {
  return {
    metric: search.get("metric") ?? "service_level",
    days: PERIODS.find((days) => String(days) === search.get("days")) ?? 7,
    by: search.get("by") ?? "channel",
    channel: search.get("channel"),
    inbox: search.get("inbox"),
    tag: search.get("tag"),
    segment: search.get("segment"),
    internal: internalOf(search),
  };
}

export function written(wish: Asked): URLSearchParams {
  const search = new URLSearchParams({ metric: wish.metric, days: String(wish.days), by: wish.by });
  for (const name of FILTERS) if (wish[name]) search.set(name, wish[name]);
  if (wish.internal !== "exclude") search.set("internal", wish.internal);
  return search;
}

/** As the API takes it; of a metric whose rows are of no conversation nothing is narrowed. `by`: those by which it can be told. */
export function query(wish: Asked, told: readonly string[], now: Date) {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (wish.days - 1)).getTime();
  const by = told.includes(wish.by) ? wish.by : told[0];
  const narrowing = FILTERS.flatMap((name) => (wish[name] && told.includes(name) ? [[name, wish[name]] as const] : []));
  // Left unsaid, the server leaves them out, unless the channel or the inbox is one of theirs.
  const internal = wish.internal !== "exclude" && told.includes("channel") && { internal: wish.internal };
  return { from: midnight, zone: -now.getTimezoneOffset(), ...(by && { by }), ...internal, ...Object.fromEntries(narrowing) };
}
