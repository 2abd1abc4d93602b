import { shown, type Chat, type Line, type Sent, type Waiting } from "./chat";
import { el, icon } from "./elements";
import type { Consent } from "./track";
import type { Words } from "./words";

/** How the inbox looks; as the server says it. */
export interface Look {
  title: string;
  colour: string | null;
  greeting: string | null;
  language: string | null;
  attended: boolean;
  open: boolean;
  opens_at: number | null;
  track: Consent;
  calls: boolean;
}

export interface Acts {
  open: (open: boolean) => void;
  /** The server has it by then; a word: why not. */
  bring: (file: File) => Promise<{ id: string; name: string } | "large" | "type" | "later">;
  write: (text: string, name: string, reach: string, files: readonly { id: string; name: string }[]) => void;
  again: (id: string) => void;
  drop: (id: string) => void;
  recall: (seq: number) => void;
  typing: () => void;
  longest: number;
}

/** How long a text of one's own may be taken back: as the server allows. */
const RECALL = 120_000;
const COLOUR = "#1f5fbf";
/** With one text, and of one file in bytes: as the server allows. */
const FILES = 10;
const LARGEST = 25 * 1024 * 1024;

/** Black or white, whichever is read better on it (WCAG 2, relative luminance): one of both always has 4.5 to 1. */
export function onColour(colour: string): string {
  const part = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.179 ? "#000000" : "#ffffff";
}

export class View {
  isOpen = false;
  private readonly launcher: HTMLButtonElement;
  private readonly badge = el("span", { class: "badge", hidden: true });
  private readonly dialog: HTMLElement;
  private readonly log: HTMLElement;
  private readonly out: HTMLElement;
  private readonly status: HTMLElement;
  private readonly state: HTMLElement;
  private readonly away: HTMLElement;
  private readonly name: HTMLInputElement;
  private readonly reach: HTMLInputElement;
  private readonly box: HTMLTextAreaElement;
  private readonly send: HTMLButtonElement;
  private readonly brought = el("ul", { class: "brought", "aria-live": "polite" });
  private readonly chooser: HTMLInputElement;
  private readonly clip: HTMLButtonElement;
  /** What goes with the next text. */
  private files: { id: string; name: string }[] = [];
  private onTheirWay = 0;
  private chat: Chat | null = null;
  private isLive = true;
  private drawn = "";
  /** What others had written when the chat was last looked at. */
  private looked = 0;

  constructor(
    private readonly look: Look,
    private readonly words: Words,
    private readonly acts: Acts,
  ) {
    const colour = look.colour ?? COLOUR;
    const root = document.documentElement.style;
    root.setProperty("--brand", colour);
    root.setProperty("--on-brand", onColour(colour));
    const t = words;
    this.launcher = el("button", { type: "button", class: "launcher", "aria-label": t.open, click: () => this.open(true, true) }, icon("M4 4h16v12H8l-4 4z"), this.badge);
    this.log = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": t.log, tabindex: 0 });
    this.out = el("ul", { class: "out" });
    this.status = el("p", { class: "status", role: "status" });
    this.state = el("p", { class: "state", role: "status" });
    this.name = el("input", { type: "text", id: "name", maxlength: 100, autocomplete: "name" });
    this.reach = el("input", { type: "text", id: "reach", maxlength: 100, autocomplete: "email" });
    this.away = el("div", { class: "away", hidden: true }, el("p", {}, t.away, " ", opens(look, t)), label("name", t.name), this.name, label("reach", t.reach), this.reach);
    this.box = el("textarea", { id: "box", rows: 1, maxlength: acts.longest, placeholder: t.hint, "aria-label": t.write, input: () => this.typed(), keydown: (event: KeyboardEvent) => this.key(event) });
    this.send = el("button", { type: "submit", class: "send", disabled: true }, t.send);
    this.chooser = el("input", { type: "file", hidden: true, multiple: true, change: () => this.choose() });
    this.clip = el("button", { type: "button", class: "clip", "aria-label": t.attach, click: () => this.chooser.click() }, icon("M20 11l-8 8a5 5 0 0 1-7-7l9-9a3.3 3.3 0 0 1 5 5l-9 9a1.7 1.7 0 0 1-2.5-2.5l8-8"));
    const form = el("form", { submit: (event: Event) => this.submit(event) }, this.away, this.brought, el("div", { class: "row" }, this.clip, this.chooser, this.box, this.send));
    const close = el("button", { type: "button", class: "close", "aria-label": t.close, click: () => this.open(false, true) }, icon("M5 5l14 14M19 5L5 19"));
    this.dialog = el(
      "section",
      { role: "dialog", "aria-label": look.title, class: "dialog", hidden: true, keydown: (event: KeyboardEvent) => event.key === "Escape" && this.open(false, true) },
      el("header", {}, el("h1", {}, look.title), close),
      el("div", { class: "body" }, this.log, this.out, this.state),
      this.status,
      form,
    );
    document.body.append(this.launcher, this.dialog);
  }

  /** `byHand`: the keyboard goes along. */
  open(open: boolean, byHand = false): void {
    this.isOpen = open;
    this.launcher.hidden = open;
    this.dialog.hidden = !open;
    this.acts.open(open);
    if (this.chat) this.draw(this.chat);
    if (open) this.bottom();
    if (byHand) (open ? this.box : this.launcher).focus();
  }

  /** The call button beside the title, and its bar below. */
  hold(button: HTMLElement, bar: HTMLElement): void {
    const header = this.dialog.querySelector("header");
    header?.querySelector("h1")?.after(button);
    header?.after(bar);
  }

  /** Beside the paper clip, and above what is being written. */
  voice(button: HTMLElement, element: HTMLElement): void {
    this.clip.after(button);
    this.brought.before(element);
  }

  /** Something below the lines. */
  below(card: HTMLElement): void {
    this.out.after(card);
  }

  /** They are in a call: seen where the chat is closed, too. `label`: what the button that opens it says then. */
  calling(label: string | null): void {
    this.launcher.classList.toggle("launcher-call", label !== null);
    this.launcher.setAttribute("aria-label", label ?? this.words.open);
  }

  live(live: boolean): void {
    this.isLive = live;
    this.status.textContent = live ? "" : this.words.offline;
  }

  gone(): void {
    this.status.textContent = this.words.gone;
    this.box.disabled = true;
    this.send.disabled = true;
    this.clip.disabled = true;
  }

  draw(chat: Chat): void {
    this.chat = chat;
    const lines = shown(chat);
    const others = lines.filter((one) => one.kind === "text" && one.by !== "me");
    if (this.isOpen) this.looked = others.length;
    const fresh = others.length - this.looked;
    this.badge.textContent = fresh > 0 ? String(fresh) : "";
    this.badge.hidden = fresh <= 0;
    const before = this.log.scrollHeight;
    this.lines(lines, chat);
    this.out.replaceChildren(...chat.waiting.map((one) => this.waiting(one)));
    this.state.textContent = this.stateOf(chat);
    // Who left something to answer to is asked no more.
    this.away.hidden = chat.attended !== false || chat.conversation !== null || chat.waiting.length > 0;
    if (this.log.scrollHeight !== before || chat.waiting.length > 0) this.bottom();
  }

  /** Only what changed is touched: a reader hears new lines and nothing twice. */
  private lines(lines: readonly Line[], chat: Chat): void {
    const first = this.look.greeting ? [said("house", this.words.house, this.look.greeting, "")] : [];
    if (this.drawn === "") this.log.replaceChildren(...first);
    const there = new Map([...this.log.querySelectorAll<HTMLElement>("[data-seq]")].map((one) => [one.dataset.seq, one]));
    for (const line of lines) {
      const print = `${line.text}|${line.recalled}|${line.edited}|${line.by === "me" && line.seq <= chat.seen}`;
      const old = there.get(String(line.seq));
      there.delete(String(line.seq));
      if (old?.dataset.print === print) continue;
      const made = this.line(line, chat);
      made.dataset.seq = String(line.seq);
      made.dataset.print = print;
      if (old) old.replaceWith(made);
      else this.log.append(made);
    }
    // Of another conversation.
    for (const one of there.values()) one.remove();
    this.drawn = "drawn";
  }

  private line(line: Line, chat: Chat): HTMLElement {
    const t = this.words;
    if (line.kind === "joined") return el("p", { class: "event" }, line.from && line.name ? t.tookOver(line.name, line.from) : t.joined(line.name ?? t.house));
    if (line.kind === "left") return el("p", { class: "event" }, t.left(line.name ?? t.house));
    if (line.kind === "passed") return el("p", { class: "event" }, t.passed(line.name ?? t.house));
    if (line.kind === "closed") return el("p", { class: "event" }, t.closed);
    if (line.recalled) return el("p", { class: "event" }, t.recalled);
    const who = line.by === "me" ? t.me : line.by === "agent" ? (line.name ?? t.house) : t.house;
    const mine = line.by === "me" ? (line.seq <= chat.seen ? t.read : t.sent) : null;
    const about = [time(line.at), line.edited ? t.edited : null, mine].filter(Boolean).join(" · ");
    const made = said(line.by, who, line.text, about, line.files);
    if (line.by === "me" && Date.now() - line.at < RECALL) {
      const button = el("button", { type: "button", class: "link", click: () => this.acts.recall(line.seq) }, t.take);
      made.querySelector(".about")?.append(" ", button);
      window.setTimeout(() => button.remove(), RECALL - (Date.now() - line.at));
    }
    return made;
  }

  private waiting(one: Waiting): HTMLElement {
    const t = this.words;
    const reasons: Record<string, string> = { too_fast: t.tooFast, too_long: t.tooLong, kept_out: t.keptOut, refused: t.keptOut, closed: t.gone, file: t.noFile };
    const why = one.told ?? (one.reason ? reasons[one.reason] : undefined);
    const state = one.state === "failed" ? [t.failed, why].filter(Boolean).join(": ") : one.state === "held" ? t.held : (why ?? t.sending);
    const acts =
      one.state === "failed"
        ? [el("button", { type: "button", class: "link", click: () => this.acts.again(one.id) }, t.again), " ", el("button", { type: "button", class: "link", click: () => this.acts.drop(one.id) }, t.drop)]
        : [];
    return el("li", { class: "said said-me" }, el("p", { class: "text" }, [one.text, ...(one.files ?? []).map(({ name }) => name)].filter(Boolean).join(" · ")), el("p", { class: "about" }, state, " ", ...acts));
  }

  private stateOf(chat: Chat): string {
    const t = this.words;
    if (chat.typing && chat.typing.until > Date.now()) return t.typing(chat.typing.name || t.house);
    if (!chat.queue) return "";
    const wait = chat.queue.estimate;
    return [t.place(chat.queue.position), wait === null ? null : t.wait(Math.ceil(wait / 60))].filter(Boolean).join(" ");
  }

  private typed(): void {
    this.ready();
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 140)}px`;
    const left = this.acts.longest - this.box.value.length;
    if (this.isLive) this.status.textContent = left < 200 ? this.words.characters(left) : "";
    if (this.box.value) this.acts.typing();
  }

  private ready(): void {
    this.send.disabled = this.onTheirWay > 0 || (!this.box.value.trim() && this.files.length === 0);
    this.clip.disabled = this.box.disabled || this.files.length + this.onTheirWay >= FILES;
  }

  private choose(): void {
    const room = FILES - this.files.length - this.onTheirWay;
    for (const file of [...(this.chooser.files ?? [])].slice(0, room)) void this.bring(file);
    this.chooser.value = "";
  }

  async bring(file: File): Promise<void> {
    const t = this.words;
    const row = el("li", {}, file.name, " ", el("span", { class: "about" }, t.sending));
    this.brought.append(row);
    this.onTheirWay += 1;
    this.ready();
    const kept = file.size > LARGEST ? "large" : await this.acts.bring(file);
    this.onTheirWay -= 1;
    const isKept = typeof kept !== "string";
    if (isKept) this.files.push(kept);
    const why = isKept ? "" : { large: t.fileLarge, type: t.fileType, later: t.fileLater }[kept];
    const drop = () => {
      this.files = this.files.filter((one) => one !== kept);
      row.remove();
      this.ready();
    };
    const away = el("button", { type: "button", class: "link", "aria-label": t.takeAway(file.name), click: drop }, "×");
    row.replaceChildren(isKept ? kept.name : file.name, " ", el("span", { class: "about" }, why), away);
    this.ready();
  }

  private key(event: KeyboardEvent): void {
    // While an input method is composing, Enter chooses a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.submit(event);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.box.value.trim();
    if (this.send.disabled || this.box.disabled) return;
    const asked = !this.away.hidden;
    const files = this.files;
    this.box.value = "";
    this.files = [];
    this.brought.replaceChildren();
    this.typed();
    this.acts.write(text, asked ? this.name.value.trim() : "", asked ? this.reach.value.trim() : "", files);
    this.box.focus();
  }

  private bottom(): void {
    const body = this.log.parentElement;
    if (body) body.scrollTop = body.scrollHeight;
  }
}

function said(by: Line["by"], who: string, text: string, about: string, files: readonly Sent[] = []): HTMLElement {
  const words = text || files.length === 0 ? el("p", { class: "text" }, text) : null;
  return el("div", { class: `said said-${by}` }, el("p", { class: "who" }, who), words, ...files.map(sent), el("p", { class: "about" }, about));
}

function sent(file: Sent): HTMLElement {
  const source = { src: file.path, "aria-label": file.name };
  if (file.kind === "sound") return el("audio", { controls: true, preload: "none", ...source });
  if (file.kind === "film") return el("video", { controls: true, preload: "none", ...source });
  const inside = file.kind === "picture" ? el("img", { src: file.path, alt: file.name }) : file.name;
  return el("a", { class: "file", href: file.path, target: "_blank", rel: "noopener noreferrer" }, inside);
}

const label = (of: string, text: string) => el("label", { for: of }, text);
const time = (at: number) => new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }).format(at);

function opens(look: Look, t: Words): string {
  if (look.opens_at === null) return "";
  const at = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", hour: "2-digit", minute: "2-digit" }).format(look.opens_at);
  return t.opens(at);
}
