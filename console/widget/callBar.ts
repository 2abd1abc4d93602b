/** The call button and what stands below it while a call lasts. The telephone itself is loaded when somebody calls. */
import type { PageCall, Why } from "./call";
import type { CallWords } from "./callWords";
import type { Frame } from "./chat";
import { el, icon } from "./elements";

/** Until the centre has let us in, in milliseconds. */
const PATIENCE = 15_000;
const HANDSET = "M6 3h4l2 5-2.5 1.5a11 11 0 0 0 5 5L16 12l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 4 5a2 2 0 0 1 2-2z";

type Trouble = Why | "denied" | "none" | "insecure" | "noLine" | "too_fast" | "not_open" | "no_calls" | "kept_out";

export interface CallActs {
  /** Ask the centre to let us in. False: there is no line yet; it is asked again when there is ([`CallBar.live`]). */
  ask: (id: string) => boolean;
  /** Have a line. */
  connect: () => void;
  /** The chat may be closed meanwhile: it shows that somebody talks. */
  calling: (on: boolean) => void;
}

export class CallBar {
  readonly button: HTMLButtonElement;
  readonly element: HTMLElement;
  private readonly text = el("p", { class: "call-text", role: "status" });
  private readonly clock = el("time", { class: "call-clock", role: "timer", hidden: true });
  private readonly mute: HTMLButtonElement;
  private readonly end: HTMLButtonElement;
  private readonly dismiss: HTMLButtonElement;
  private stream: MediaStream | null = null;
  private call: PageCall | null = null;
  /** The request that is not answered yet. */
  private asked: string | null = null;
  private isMuted = false;
  private patience = 0;
  private ticking = 0;

  constructor(
    private readonly words: CallWords,
    private readonly acts: CallActs,
    isPreview: boolean,
  ) {
    const t = words;
    this.button = el("button", { type: "button", class: "close", "aria-label": t.call, title: t.call, disabled: isPreview, click: () => void this.begin() }, icon(HANDSET));
    this.mute = el("button", { type: "button", class: "call-act", "aria-pressed": "false", click: () => this.toggle() }, t.mute);
    this.end = el("button", { type: "button", class: "call-act call-end", click: () => this.hangUp() }, t.hangUp);
    this.dismiss = el("button", { type: "button", class: "call-act", click: () => this.close() }, t.dismiss);
    this.element = el("section", { class: "call", "aria-label": t.region, hidden: true }, this.text, this.clock, el("div", { class: "call-acts" }, this.mute, this.end, this.dismiss));
  }

  /** A frame of the centre about the call. */
  heard(frame: Frame): void {
    if (frame.t === "call" && frame.id === this.asked && typeof frame.ticket === "string") void this.dial(frame.ticket, (frame.ice as RTCIceServer | null) ?? null);
    if (frame.t === "refused" && this.asked !== null && frame.id === this.asked) this.over(trouble(frame.reason));
    if (frame.t === "call_state" && this.call) this.state(frame);
  }

  /** There is a line. */
  live(): void {
    if (this.asked && this.stream) this.acts.ask(this.asked);
  }

  private async begin(): Promise<void> {
    if (this.button.disabled) return;
    this.button.disabled = true;
    this.show(this.words.asking, { ends: true });
    this.end.focus();
    this.acts.connect();
    if (!("mediaDevices" in navigator)) return this.over("insecure");
    const asked = crypto.randomUUID();
    this.asked = asked;
    const telephone = await import("./call").catch(() => null);
    if (!telephone) return this.over("failed");
    let stream: MediaStream;
    try {
      stream = await telephone.microphone();
    } catch (fault) {
      return this.over(fault instanceof DOMException && fault.name === "NotFoundError" ? "none" : "denied");
    }
    // They may have changed their mind while the browser asked.
    if (this.asked !== asked) return stream.getTracks().forEach((track) => track.stop());
    this.stream = stream;
    this.acts.calling(true);
    this.show(this.words.connecting, { ends: true });
    this.patience = window.setTimeout(() => this.over("noLine"), PATIENCE);
    this.acts.ask(asked);
  }

  private async dial(ticket: string, ice: RTCIceServer | null): Promise<void> {
    window.clearTimeout(this.patience);
    const { stream } = this;
    this.asked = null;
    if (!stream) return;
    const { PageCall: Call } = await import("./call");
    // Hung up meanwhile.
    if (this.stream !== stream) return;
    this.call = new Call(ticket, ice, stream, {
      answered: () => {
        this.show(this.words.answered, { ends: true, mutes: true });
        this.tick(Date.now());
      },
      over: (why) => this.over(why),
    });
  }

  private state(frame: Frame): void {
    const t = this.words;
    const number = (value: unknown) => (typeof value === "number" ? value : null);
    if (frame.state === "waiting") {
      const wait = number(frame.estimate_s);
      this.say([t.waiting(number(frame.position)), wait === null ? null : t.wait(Math.ceil(wait / 60))].filter(Boolean).join(" "));
    }
    if (frame.state === "talking") this.say(t.talking(typeof frame.name === "string" ? frame.name : null));
  }

  private toggle(): void {
    this.isMuted = !this.isMuted;
    this.call?.mute(this.isMuted);
    this.mute.textContent = this.isMuted ? this.words.unmute : this.words.mute;
    this.mute.setAttribute("aria-pressed", String(this.isMuted));
  }

  private hangUp(): void {
    if (this.call) this.call.hangUp();
    else this.over("hungUp");
  }

  private over(why: Trouble): void {
    window.clearTimeout(this.patience);
    window.clearInterval(this.ticking);
    const had = this.element.contains(document.activeElement);
    this.stream?.getTracks().forEach((track) => track.stop());
    [this.stream, this.call, this.asked, this.isMuted] = [null, null, null, false];
    this.mute.textContent = this.words.mute;
    this.mute.setAttribute("aria-pressed", "false");
    this.clock.hidden = true;
    this.acts.calling(false);
    this.button.disabled = false;
    this.show(this.words[why], {});
    if (had) this.dismiss.focus();
  }

  private close(): void {
    this.element.hidden = true;
    this.button.focus();
  }

  private show(text: string, { ends = false, mutes = false }: { ends?: boolean; mutes?: boolean }): void {
    this.element.hidden = false;
    [this.mute.hidden, this.end.hidden, this.dismiss.hidden] = [!mutes, !ends, ends];
    this.say(text);
  }

  /** Only what is new is read out. */
  private say(text: string): void {
    if (this.text.textContent !== text) this.text.textContent = text;
  }

  private tick(since: number): void {
    const draw = () => {
      const seconds = Math.floor((Date.now() - since) / 1_000);
      this.clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    draw();
    this.clock.hidden = false;
    this.ticking = window.setInterval(draw, 1_000);
  }
}

/** The centre's word for why it does not let us in. */
function trouble(reason: unknown): Trouble {
  const known: readonly Trouble[] = ["too_fast", "not_open", "no_calls", "kept_out", "busy"];
  return known.find((one) => one === reason) ?? "failed";
}
