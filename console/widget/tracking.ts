import { isToFrame, type ToFrame } from "./messages";
import { Track, type Consent } from "./track";

interface Frame {
  consent: Consent;
  /** Of this inbox, on the server. */
  base: string;
  token: () => Promise<string | null>;
  kept: { get: (key: string) => string | null; set: (key: string, value: string | null) => void };
  page: ToFrame & { ringdesk: "page" };
  /** They are on another page now. */
  moved: (url: string, title: string) => void;
}

const AGREED = "agreed";

/** The way of whoever has this page open, as the site's script tells it to the frame. */
export function tracking({ consent, base, token, kept, page, moved }: Frame): void {
  const ask = async (method: string, what: string, body: unknown, keepalive = false) => {
    const mine = await token();
    if (!mine) return null;
    const headers = { authorization: `Bearer ${mine}`, "content-type": "application/json" };
    return fetch(`${base}/${what}`, { method, headers, body: JSON.stringify(body), keepalive }).catch(() => null);
  };
  const track = new Track(consent, {
    now: () => performance.now(),
    id: () => crypto.randomUUID(),
    soon: (run, after) => window.setTimeout(run, after),
    send: async (events, last) => {
      const answer = await ask("POST", "track", { events }, last);
      // The server knows of no agreement: it is asked for anew.
      if (answer?.status === 403) kept.set(AGREED, null);
      if (answer?.status === 202) return "taken";
      return !answer || answer.status === 429 || answer.status >= 500 ? "again" : "refused";
    },
    agree: async (agrees) => {
      const answer = await ask("PUT", "agreement", { agrees });
      if (answer?.ok) kept.set(AGREED, agrees ? "1" : null);
      return answer?.ok ?? false;
    },
    agreed: kept.get(AGREED) !== null,
  });
  let url = page.url;
  const came = (to: string, title: string) => {
    url = to;
    track.came(to, title);
  };
  came(page.url, page.title);
  window.addEventListener("message", ({ source, data }: MessageEvent<unknown>) => {
    if (source !== window.parent || !isToFrame(data)) return;
    if (data.ringdesk === "consent") void track.agrees(data.agrees);
    if (data.ringdesk === "did") {
      const { kind, name, fields } = data;
      track.did(kind === "event" ? { kind, name, page: url, fields } : { kind, name, page: url });
    }
    if (data.ringdesk === "moved") {
      moved(data.url, data.title);
      came(data.url, data.title);
    }
  });
  document.addEventListener("visibilitychange", () => track.visible(document.visibilityState === "visible"));
  window.addEventListener("pagehide", () => track.end());
  // A page that comes back from the browser's own memory was left before.
  window.addEventListener("pageshow", ({ persisted }) => persisted && came(url, page.title));
}
