import { step, type Cursor } from "./cursor";
import { read, type Happened } from "./line";

/** Waits between attempts, in milliseconds; the last one for as long as it takes. */
const WAITS = [250, 1_000, 2_000, 4_000, 8_000];
/**
 * A line that was cut without a word looks like a quiet one: no script sees the server's pings. After so long without an event the
 * server is asked whether it is there.
 */
const SILENCE = 15_000;
const ANSWER = 6_000;

export interface Told {
  happened: (happened: Happened) => void;
  /** Read everything anew. */
  reset: () => void;
  live: (live: boolean) => void;
  /** The session is over. */
  signedOut: () => void;
}

/** One socket that comes back by itself and goes on where it was. Gives what ends it. */
export function follow(path: string, told: Told): () => void {
  let socket: WebSocket | null = null;
  let cursor: Cursor = null;
  let attempt = 0;
  let timer: number | undefined;
  let watch: number | undefined;
  let over = false;

  function open() {
    window.clearTimeout(timer);
    if (over || socket) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const after = cursor === null ? "" : `?after=${cursor}`;
    const opened = new WebSocket(`${scheme}://${location.host}${path}${after}`);
    socket = opened;
    let heard = Date.now();
    let spoke = false;
    opened.onmessage = ({ data }) => {
      heard = Date.now();
      const line = typeof data === "string" ? read(data) : null;
      if (!line) return;
      const next = step(cursor, line);
      cursor = next.cursor;
      if (!spoke) {
        spoke = true;
        attempt = 0;
        told.live(true);
      }
      if (next.reset) told.reset();
      if (next.happened) told.happened(next.happened);
    };
    opened.onclose = ({ code }) => {
      if (socket !== opened) return;
      if (code === 1008) told.signedOut();
      drop(opened);
    };
    window.clearInterval(watch);
    watch = window.setInterval(() => {
      if (Date.now() - heard < SILENCE) return;
      heard = Date.now();
      const gone = () => {
        if (socket === opened) drop(opened);
      };
      if (opened.readyState === WebSocket.CONNECTING) gone();
      else fetch("/livez", { cache: "no-store", signal: AbortSignal.timeout(ANSWER) }).catch(gone);
    }, 5_000);
  }

  /** Not waiting for a farewell that may never come. */
  function drop(dead: WebSocket) {
    socket = null;
    window.clearInterval(watch);
    dead.close();
    if (over) return;
    told.live(false);
    const wait = WAITS[Math.min(attempt, WAITS.length - 1)] ?? 8_000;
    attempt += 1;
    // Not everybody at once when a server comes back.
    timer = window.setTimeout(open, wait * (0.7 + Math.random() * 0.6));
  }

  const atOnce = () => {
    attempt = 0;
    open();
  };
  const cut = () => socket && drop(socket);
  window.addEventListener("online", atOnce);
  window.addEventListener("offline", cut);
  open();

  return () => {
    over = true;
    window.clearTimeout(timer);
    window.clearInterval(watch);
    window.removeEventListener("online", atOnce);
    window.removeEventListener("offline", cut);
    socket?.close();
    socket = null;
  };
}
