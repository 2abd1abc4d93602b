/**
 * What a site loads with one script tag: `<script src="https://centre/widget.js" data-inbox="…" async></script>`. It puts a frame on the
 * page and nothing else: the conversation is a page of the centre's own in it, which the site's styles and scripts do not reach, and
 * which needs no cookie of a third party. The frame is as large as what it shows: a button, or the whole chat.
 */
import { isFromFrame, type Fields, type FromFrame, type ToFrame } from "./messages";

const MARGIN = 16;
/** Told before the frame can hear it; what is more is not told. */
const HELD = 50;
/** How often it is looked whether the page became another one without a load, in milliseconds. */
const LOOK = 500;

/** `ringdesk("consent", true)`, `ringdesk("track", "cart", { item: "boots" })`: what a site's own script says. */
type Said = (what: "consent" | "track", value: unknown, fields?: Fields) => void;
declare global {
  interface Window {
    /** Before the script is here: what is to be said then, in `q`. */
    ringdesk?: Said & { q?: ArrayLike<unknown>[] };
  }
}

function begin(script: HTMLScriptElement): void {
  const inbox = script.dataset.inbox ?? "";
  const centre = new URL(script.src).origin;
  if (!/^[0-9a-f-]{36}$/i.test(inbox) || document.querySelector(`iframe[data-ringdesk="${inbox}"]`)) return;
  const frame = document.createElement("iframe");
  frame.dataset.ringdesk = inbox;
  frame.title = "Chat";
  frame.src = `${centre}/widget/${inbox}`;
  frame.setAttribute("allow", "microphone; autoplay");
  const style = (own: Partial<CSSStyleDeclaration>) => Object.assign(frame.style, own);
  // Nothing is seen of it until it says that it is there: an inbox that is switched off leaves the site as it was.
  style({ position: "fixed", border: "0", zIndex: "2147483000", width: "0", height: "0", colorScheme: "normal", background: "transparent" });
  style({ insetInlineEnd: `${MARGIN}px`, insetBlockEnd: `${MARGIN}px`, visibility: "hidden" });
  const tell = (message: ToFrame) => frame.contentWindow?.postMessage(message, centre);
  const narrow = window.matchMedia("(max-width: 480px)");

  let isOpen = false;
  let isShown = false;
  const waiting: ToFrame[] = [];
  const fit = () => {
    const whole = isOpen && narrow.matches;
    const edge = whole ? "0" : `${MARGIN}px`;
    style({ insetInlineEnd: edge, insetBlockEnd: edge, visibility: "visible" });
    if (!isOpen) style({ width: "72px", height: "72px", maxHeight: "none", borderRadius: "0" });
    else if (whole) style({ width: "100%", height: "100%", maxHeight: "none" });
    else style({ width: "376px", height: "620px", maxHeight: `calc(100vh - ${2 * MARGIN}px)` });
  };
  narrow.addEventListener("change", fit);

  window.addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
    if (source !== frame.contentWindow || origin !== centre || !isFromFrame(data)) return;
    const message: FromFrame = data;
    if (message.ringdesk === "ready") {
      tell({ ringdesk: "page", url: location.href, title: document.title, referrer: document.referrer, language: document.documentElement.lang });
    }
    if (message.ringdesk === "shown") {
      frame.title = message.title;
      isShown = true;
      for (const one of waiting.splice(0)) tell(one);
    }
    if (message.ringdesk === "shown" || message.ringdesk === "open") {
      isOpen = message.open;
      fit();
    }
  });
  document.body.append(frame);

  // The frame knows whether any of it may be kept, and forgets it where it may not.
  const say = (message: ToFrame) => {
    if (isShown) tell(message);
    else if (waiting.length < HELD) waiting.push(message);
  };
  const said: Said = (what, value, fields) => {
    if (what === "consent") say({ ringdesk: "consent", agrees: value === true });
    if (what === "track" && typeof value === "string") say({ ringdesk: "did", kind: "event", name: value, fields });
  };
  const before = window.ringdesk?.q ?? [];
  window.ringdesk = said;
  for (const one of before) said(...(Array.from(one) as Parameters<Said>));
  listen(say);
}

/** What visitors do on the page: marked elements, forms, and where they are. Never what they type. */
function listen(say: (message: ToFrame) => void): void {
  const on = (type: "click" | "submit", heard: (target: Element) => void) =>
    document.addEventListener(type, ({ target }) => target instanceof Element && heard(target), true);
  on("click", (target) => {
    const marked = target.closest<HTMLElement>("[data-ringdesk-track]");
    if (!marked || marked instanceof HTMLFormElement) return;
    say({ ringdesk: "did", kind: "click", name: marked.dataset.ringdeskTrack || marked.tagName.toLowerCase() });
  });
  on("submit", (form) => say({ ringdesk: "did", kind: "form", name: form.getAttribute("data-ringdesk-track") || form.getAttribute("name") || form.id || "form" }));
  let at = location.href;
  window.setInterval(() => {
    if (location.href === at) return;
    at = location.href;
    say({ ringdesk: "moved", url: at, title: document.title });
  }, LOOK);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.body) begin(script);
  else document.addEventListener("DOMContentLoaded", () => begin(script));
}
