import { complete, type Chat, type Frame } from "./chat";

/** Waits between attempts, in milliseconds; the last one for as long as it takes. */
const LONGEST = 8_000;
const WAITS = [250, 1_000, 2_000, 4_000, LONGEST];
/** The server says that it is alive more often than this. */
const SILENCE = 50_000;

export interface Told {
  frame: (frame: Frame) => void;
  live: (live: boolean) => void;
  /** The server knows this token or this inbox no more. */
  gone: () => void;
}

export interface Page {
  url?: string;
  title?: string;
  referrer?: string;
}

/** One socket that comes back by itself and says how far we have come. */
export class Connection {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: number | undefined;
  private heard = Date.now();
  private isOver = false;

  constructor(
    private readonly address: string,
    private readonly token: string,
    private readonly chat: () => Chat,
    private readonly page: () => Page,
    private readonly told: Told,
  ) {
    window.addEventListener("online", () => this.open());
    window.addEventListener("offline", () => this.drop());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.open());
    window.setInterval(() => Date.now() - this.heard > SILENCE && this.drop(), 5_000);
    this.open();
  }

  send(frame: Frame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  end(): void {
    this.isOver = true;
    this.socket?.close();
  }

  private open(): void {
    window.clearTimeout(this.timer);
    if (this.isOver || this.socket) return;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    this.heard = Date.now();
    socket.onopen = () => {
      const { conversation, lines } = this.chat();
      this.send({ t: "hello", token: this.token, conversation, after: complete(lines), page: this.page(), language: navigator.language });
    };
    socket.onmessage = ({ data }) => {
      this.heard = Date.now();
      const frame = read(data);
      if (!frame) return;
      if (frame.t === "welcome") this.attempt = 0;
      this.told.frame(frame);
      if (frame.t === "welcome") this.told.live(true);
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (code === 1008) {
        this.isOver = true;
        this.told.gone();
      }
      this.drop();
    };
  }

  /** This socket is no more; another one is tried in a moment. */
  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.told.live(false);
    window.clearTimeout(this.timer);
    // A browser that says it has no network says so when it has one; it may be wrong, so it is tried all the same.
    const wait = navigator.onLine ? (WAITS[Math.min(this.attempt, WAITS.length - 1)] ?? LONGEST) : LONGEST;
    this.attempt += 1;
    // Not all at once when the server comes back.
    this.timer = window.setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
  }
}

function read(data: unknown): Frame | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && typeof (value as Frame).t === "string" ? (value as Frame) : null;
  } catch {
    return null;
  }
}
