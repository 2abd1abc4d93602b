/** What a reviewer looks for, as it stands in the address bar: a search can be sent to a colleague. */
export type Wanted = {
  q: string;
  /** Also what only sounds like it, in this language. */
  sounds: "zh" | "en" | null;
  speaker: "contact" | "agent" | "note" | null;
  agent: string | null;
  queue: string | null;
  tag: string | null;
  channel: string | null;
  inbox: string | null;
  /** Of contacts. */
  segment: string | null;
  /** Rated with so many stars or fewer. */
  stars: number | null;
  /** Days, `yyyy-mm-dd`, in the reader's own time zone; both inclusive. */
  from: string | null;
  to: string | null;
  /** At least so many seconds in which nobody, or both, spoke. */
  silence: number | null;
  talkOver: number | null;
};

/** What is open beside the results. */
export type Open = { conversation: string; recording: string | null; ms: number };

const EARS = ["zh", "en"] as const;
/** By which a conversation may have come. */
export const CHANNELS = ["phone", "web_chat", "api", "help_desk"] as const;
const STARS = [1, 2, 3, 4, 5] as const;
const SPEAKERS = ["contact", "agent", "note"] as const;

export function wanted(search: URLSearchParams): Wanted {
  const speaker = SPEAKERS.find((one) => one === search.get("speaker")) ?? null;
  return {
    q: search.get("q") ?? "",
    sounds: EARS.find((one) => one === search.get("sounds")) ?? null,
    speaker,
    agent: search.get("agent"),
    queue: search.get("queue"),
    tag: search.get("tag"),
    channel: CHANNELS.find((one) => one === search.get("channel")) ?? null,
    inbox: search.get("inbox"),
    segment: search.get("segment"),
    stars: STARS.find((one) => String(one) === search.get("stars")) ?? null,
    from: day(search.get("from")),
    to: day(search.get("to")),
    silence: seconds(search.get("silence")),
    talkOver: seconds(search.get("talk_over")),
  };
}

export function written(wish: Wanted): URLSearchParams {
  const search = new URLSearchParams();
  const put = (name: string, value: string | number | null) => {
    if (value !== null && value !== "") search.set(name, String(value));
  };
  put("q", wish.q.trim());
  put("sounds", wish.sounds);
  put("speaker", wish.speaker);
  put("agent", wish.agent);
  put("queue", wish.queue);
  put("tag", wish.tag);
  put("channel", wish.channel);
  put("inbox", wish.inbox);
  put("segment", wish.segment);
  put("stars", wish.stars);
  put("from", wish.from);
  put("to", wish.to);
  put("silence", wish.silence);
  put("talk_over", wish.talkOver);
  return search;
}

/** As the API takes it. */
export function query(wish: Wanted) {
  return {
    q: wish.q.trim(),
    ...(wish.sounds && { sounds: wish.sounds }),
    ...(wish.speaker && { speaker: wish.speaker }),
    ...narrowing(wish),
    ...(wish.silence !== null && { silence_min_s: wish.silence }),
    ...(wish.talkOver !== null && { talk_over_min_s: wish.talkOver }),
  };
}

/** What narrows the list of conversations just as well. */
export function narrowing(wish: Wanted) {
  return {
    ...(wish.agent && { agent: wish.agent }),
    ...(wish.queue && { queue: wish.queue }),
    ...(wish.tag && { tag: wish.tag }),
    ...(wish.channel && { channel: wish.channel }),
    ...(wish.inbox && { inbox: wish.inbox }),
    ...(wish.segment && { segment: wish.segment }),
    ...(wish.stars !== null && { stars_most: wish.stars }),
    ...(wish.from && { from: midnight(wish.from, 0) }),
    ...(wish.to && { to: midnight(wish.to, 1) }),
  };
}

/** How many filters narrow the search, beside its words. */
export function narrowed(wish: Wanted): number {
  const { sounds, speaker, agent, queue, tag, channel, inbox, segment, stars, from, to, silence, talkOver } = wish;
  return [sounds, speaker, agent, queue, tag, channel, inbox, segment, stars, from ?? to, silence, talkOver].filter((one) => one !== null).length;
}

export function opened(search: URLSearchParams): Open | null {
  const conversation = search.get("c");
  if (!conversation) return null;
  const ms = Number(search.get("at") ?? 0);
  return { conversation, recording: search.get("r"), ms: Number.isFinite(ms) && ms > 0 ? Math.floor(ms) : 0 };
}

/** The same search with something else beside it. */
export function opening(search: URLSearchParams, open: Open | null): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of ["c", "r", "at"]) next.delete(name);
  if (open) {
    next.set("c", open.conversation);
    if (open.recording) next.set("r", open.recording);
    if (open.ms > 0) next.set("at", String(open.ms));
  }
  return next;
}

/** The beginning of a day in the reader's zone, `more` days later. */
function midnight(text: string, more: number): number {
  const [year = 1970, month = 1, date = 1] = text.split("-").map(Number);
  return new Date(year, month - 1, date + more).getTime();
}

function day(text: string | null): string | null {
  return text && /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
}

function seconds(text: string | null): number | null {
  if (!text) return null;
  const count = Number(text);
  return Number.isInteger(count) && count > 0 && count <= 86_400 ? count : null;
}
