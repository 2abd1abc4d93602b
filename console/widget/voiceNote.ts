/** A voice note: recorded by the browser, listened to, and only then brought like any other file. */
import { el, icon } from "./elements";
import type { VoiceWords } from "./voiceWords";

/** Nobody listens to a longer one; it ends by itself. */
const LONGEST_MS = 120_000;
/** As browsers record: Opus in WebM, or what Safari has. */
const KINDS = [
  { mime: "audio/webm;codecs=opus", ending: "webm" },
  { mime: "audio/ogg;codecs=opus", ending: "ogg" },
  { mime: "audio/mp4", ending: "m4a" },
];

/** What this browser records as; null: it does not. */
export function kindOf(records: ((mime: string) => boolean) | null): { mime: string; ending: string } | null {
  return records ? (KINDS.find(({ mime }) => records(mime)) ?? null) : null;
}

export const clock = (ms: number): string => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1_000) % 60).padStart(2, "0")}`;

export class VoiceNote {
  /** Beside the paper clip; hidden where the browser cannot record. */
  readonly button: HTMLButtonElement;
  /** What is being recorded, or is to be listened to. */
  readonly element = el("div", { class: "voice", hidden: true });
  private readonly kind = kindOf(typeof MediaRecorder === "undefined" ? null : (mime) => MediaRecorder.isTypeSupported(mime));
  private recorder: MediaRecorder | null = null;
  private played: string | null = null;

  constructor(
    private readonly words: VoiceWords,
    private readonly bring: (file: File) => void,
  ) {
    this.button = el("button", { type: "button", class: "clip", "aria-label": words.record, click: () => void this.begin() }, icon("M12 4a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v3"));
    this.button.hidden = !this.kind || !navigator.mediaDevices;
  }

  private async begin(): Promise<void> {
    if (!this.kind || this.recorder) return;
    this.button.disabled = true;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => null);
    this.button.disabled = false;
    if (!stream) return this.show(el("p", { class: "about", role: "alert" }, this.words.noMicrophone), this.act(this.words.discard, () => this.end()));
    const { mime, ending } = this.kind;
    const recorder = new MediaRecorder(stream, { mimeType: mime });
    const parts: Blob[] = [];
    const since = Date.now();
    const time = el("span", { class: "call-clock" }, clock(0));
    const stop = () => recorder.state === "recording" && recorder.stop();
    const tick = window.setInterval(() => {
      time.textContent = clock(Date.now() - since);
      if (Date.now() - since >= LONGEST_MS) stop();
    }, 250);
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      window.clearInterval(tick);
      stream.getTracks().forEach((track) => track.stop());
      // Thrown away while it was recorded.
      if (this.recorder !== recorder) return;
      this.listen(new File(parts, `${this.words.file}.${ending}`, { type: mime }));
    };
    this.recorder = recorder;
    recorder.start(1_000);
    this.show(el("p", { role: "status" }, this.words.recording, " ", time), this.act(this.words.stop, stop), this.act(this.words.discard, () => this.end()));
    this.element.querySelector("button")?.focus();
  }

  /** Before it goes anywhere. */
  private listen(file: File): void {
    this.played = URL.createObjectURL(file);
    const keep = () => {
      this.bring(file);
      this.end();
    };
    this.show(el("audio", { controls: true, src: this.played, "aria-label": this.words.listen }), this.act(this.words.keep, keep), this.act(this.words.discard, () => this.end()));
    this.element.querySelector("button")?.focus();
  }

  private end(): void {
    const recorder = this.recorder;
    this.recorder = null;
    if (recorder && recorder.state !== "inactive") recorder.stop();
    if (this.played) URL.revokeObjectURL(this.played);
    this.played = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.button.focus();
  }

  private show(...inside: Node[]): void {
    this.element.replaceChildren(...inside);
    this.element.hidden = false;
  }

  private act(words: string, click: () => void): HTMLButtonElement {
    return el("button", { type: "button", class: "call-act", click }, words);
  }
}
