/**
 * What a site loads with one script tag: `<script src="https://centre/widget.js" data-inbox="…" async></script>`. It puts a frame on the
 * page and nothing else: the conversation is a page of the centre's own in it, which the site's styles and scripts do not reach, and
 * which needs no cookie of a third party. The frame is as large as what it shows: a button, or the whole chat.
 */
import { isFromFrame, type FromFrame, type ToFrame } from "./messages";

const MARGIN = 16;

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
    if (message.ringdesk === "shown") frame.title = message.title;
    if (message.ringdesk === "shown" || message.ringdesk === "open") {
      isOpen = message.open;
      fit();
    }
  });
  document.body.append(frame);
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement) {
  if (document.body) begin(script);
  else document.addEventListener("DOMContentLoaded", () => begin(script));
}
