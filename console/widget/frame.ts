/** The page in the frame: reads how the inbox looks, knows the visitor again, and keeps chat, socket and view together. */
import { again, complete, dropped, empty, heard, isMissing, lastOfOthers, written, type Chat } from "./chat";
import { CallBar } from "./callBar";
import { callWordsOf } from "./callWords";
import "./frame.css";
import { isPage, type FromFrame, type ToFrame } from "./messages";
import { Connection } from "./connection";
import { SurveyCard } from "./surveyCard";
import { surveyWordsOf } from "./surveyWords";
import { tracking } from "./tracking";
import { View, type Look } from "./view";
import { VoiceNote } from "./voiceNote";
import { voiceWordsOf } from "./voiceWords";
import { wordsOf } from "./words";

/** A page of the console shows how it will look: nothing is stored, nobody is told. */
const preview = new URLSearchParams(location.hash.slice(1));
const isPreview = preview.has("preview");
const inbox = location.pathname.split("/").pop() ?? "";
const base = `/public/api/v1/widget/${inbox}`;
/** The server takes no more of one text. */
const LONGEST = 4_000;
/** Said no more often than the server passes it on. */
const TYPING = 2_000;

/** What the browser keeps of a visitor. Where it keeps nothing (a private window, a strict one) the chat lasts as long as the page. */
const kept = {
  memory: new Map<string, string>(),
  get(key: string): string | null {
    try {
      return localStorage.getItem(`ringdesk.${inbox}.${key}`);
    } catch {
      return this.memory.get(key) ?? null;
    }
  },
  set(key: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem(`ringdesk.${inbox}.${key}`);
      else localStorage.setItem(`ringdesk.${inbox}.${key}`, value);
    } catch {
      if (value === null) this.memory.delete(key);
      else this.memory.set(key, value);
    }
  },
};

const tellSite = (message: FromFrame) => {
  // Any site may be around us that the policy of this page allows; nothing that is said is secret.
  if (window.parent !== window) window.parent.postMessage(message, "*");
};

/** What the site's page says of itself, if there is one around us that speaks. */
const around = new Promise<(ToFrame & { ringdesk: "page" }) | null>((done) => {
  window.addEventListener("message", ({ source, data }: MessageEvent<unknown>) => source === window.parent && isPage(data) && done(data));
  window.setTimeout(() => done(null), 1_500);
  tellSite({ ringdesk: "ready" });
});

async function begin(): Promise<void> {
  const answer = await fetch(base);
  if (!answer.ok) return;
  const look = (await answer.json()) as Look;
  if (isPreview) {
    // As it is being edited: what is empty there is not said here.
    look.title = preview.get("title") || look.title;
    for (const field of ["colour", "greeting", "language"] as const) look[field] = preview.get(field) || null;
  }
  let page = isPreview ? null : await around;
  const { words, language } = wordsOf(look.language, page?.language, ...navigator.languages);
  document.documentElement.lang = language;
  document.title = look.title;

  let chat: Chat = { ...empty, attended: look.attended };
  let connection: Connection | null = null;
  let isBegun = false;
  let told = "";
  let typedAt = 0;

  const view = new View(look, words, {
    open: (open) => {
      tellSite({ ringdesk: "open", open });
      kept.set("open", open ? "1" : null);
      if (open) void connect();
      readUp();
    },
    bring: async (file) => {
      const mine = await token();
      const headers = { authorization: `Bearer ${mine}`, "content-type": "application/octet-stream" };
      const path = `${base}/attachments?name=${encodeURIComponent(file.name)}`;
      const answer = await fetch(path, { method: "POST", headers, body: file }).catch(() => null);
      if (answer?.status === 201) return (await answer.json()) as { id: string; name: string };
      return answer?.status === 413 ? "large" : answer?.status === 422 ? "type" : "later";
    },
    write: (text, name, reach, files) => {
      chat = written(chat, { id: crypto.randomUUID(), text, ...(name && { name }), ...(reach && { reach }), ...(files.length > 0 && { files }) });
      keep();
      draw();
      void connect();
      flush();
    },
    again: (id) => {
      chat = again(chat, id);
      keep();
      draw();
      flush();
    },
    drop: (id) => {
      chat = dropped(chat, id);
      keep();
      draw();
    },
    recall: (seq) => connection?.send({ t: "recall", seq }),
    typing: () => {
      if (Date.now() - typedAt < TYPING) return;
      typedAt = Date.now();
      connection?.send({ t: "typing" });
    },
    longest: LONGEST,
  });
  const said = callWordsOf(language);
  const call = look.calls
    ? new CallBar(
        said,
        {
          ask: (id) => connection?.send({ t: "call", id }) ?? false,
          connect: () => void connect(),
          calling: (on) => view.calling(on ? said.inCall : null),
        },
        isPreview,
      )
    : null;
  if (call) view.hold(call.button, call.element);
  const voice = new VoiceNote(voiceWordsOf(language), (file) => void view.bring(file));
  if (!isPreview) view.voice(voice.button, voice.element);
  const survey = new SurveyCard(surveyWordsOf(language), language, (frame) => connection?.send(frame) ?? false);
  view.below(survey.element);
  const draw = () => {
    view.draw(chat);
    survey.draw(chat);
  };
  /** What is not acknowledged survives a reload. */
  const keep = () => kept.set("waiting", chat.waiting.length ? JSON.stringify(chat.waiting) : null);
  /** Everything that waits, in its order; the server knows again what it has. */
  const flush = () => {
    for (const one of chat.waiting) {
      if (one.state !== "sending" || (one.againAt ?? 0) > Date.now()) continue;
      connection?.send({ t: "send", id: one.id, text: one.text, name: one.name, reach: one.reach, files: one.files?.map(({ id }) => id) });
    }
  };
  const readUp = () => {
    const delivered = lastOfOthers(chat);
    const read = view.isOpen && document.visibilityState === "visible" ? delivered : 0;
    const now = `${chat.conversation} ${delivered} ${read}`;
    if (delivered > 0 && now !== told && connection?.send({ t: "cursor", delivered, read })) told = now;
  };

  async function token(): Promise<string | null> {
    const known = kept.get("token");
    if (known) return known;
    const made = await fetch(`${base}/visitors`, { method: "POST" }).catch(() => null);
    if (!made?.ok) return null;
    // Another window may have been quicker; both go on as the first.
    const first = kept.get("token");
    if (first) return first;
    const { token } = (await made.json()) as { token: string };
    kept.set("token", token);
    return token;
  }

  async function connect(): Promise<void> {
    if (isBegun || isPreview) return;
    isBegun = true;
    const mine = await token();
    if (!mine) {
      isBegun = false;
      view.live(false);
      window.setTimeout(() => void connect(), 4_000);
      return;
    }
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/socket`;
    const where = () => ({ url: page?.url, title: page?.title, referrer: page?.referrer });
    connection = new Connection(address, mine, () => chat, where, {
      frame: (frame) => {
        chat = heard(chat, frame, Date.now());
        call?.heard(frame);
        survey.heard(frame);
        if (frame.t === "ack" || frame.t === "refused" || frame.t === "held" || frame.t === "line") keep();
        if (frame.t === "line" && isMissing(chat)) connection?.send({ t: "resume", after: complete(chat.lines) });
        const again = chat.waiting.reduce((soonest, one) => Math.min(soonest, one.againAt ?? Infinity), Infinity);
        if (frame.t === "refused" && again < Infinity) window.setTimeout(flush, Math.max(0, again - Date.now()) + 20);
        if (frame.t === "typing") window.setTimeout(draw, 6_050);
        draw();
        readUp();
      },
      live: (live) => {
        view.live(live);
        if (live) {
          flush();
          call?.live();
        }
      },
      gone: () => {
        kept.set("token", null);
        view.gone();
      },
    });
  }

  const waiting = kept.get("waiting");
  if (waiting && !isPreview) {
    try {
      for (const one of JSON.parse(waiting) as Chat["waiting"]) chat = written(chat, one);
    } catch {
      kept.set("waiting", null);
    }
  }
  document.addEventListener("visibilitychange", readUp);
  draw();
  const isOpen = isPreview || kept.get("open") === "1";
  if (page) {
    const moved = (url: string, title: string) => {
      page = page && { ...page, url, title };
    };
    tracking({ consent: look.track, base, token, kept, page, moved });
  }
  tellSite({ ringdesk: "shown", open: isOpen, title: look.title });
  view.open(isOpen);
  // Somebody who was here before is told what was written meanwhile; a stranger costs nobody a socket.
  if (kept.get("token")) void connect();
}

void begin();
