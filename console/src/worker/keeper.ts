/** The browser's side of the service worker: registers it, and knows when the server serves a newer console. */

/** How often it is asked whether there is another version. */
const EVERY = 15 * 60_000;

type Listener = () => void;

let waiting: ServiceWorker | null = null;
/** Another page let the new one in: this one is still the old console. */
let isOld = false;
let isTaking = false;
const listeners = new Set<Listener>();
const tell = () => listeners.forEach((listener) => listener());

/** For `useSyncExternalStore`. */
export const newVersion = {
  subscribe: (listener: Listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  isThere: () => waiting !== null || isOld,
};

/** Let the new version in and load the page with it. */
export function takeOver(): void {
  isTaking = true;
  if (waiting) waiting.postMessage("take over");
  else window.location.reload();
}

/** Without a secure address, or where the browser does not trust the certificate, there is none, and nothing is missing but that. */
export function keepShell(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) return;
  const { serviceWorker } = navigator;
  let hadOne = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    if (isTaking) return window.location.reload();
    isOld = hadOne;
    hadOne = true;
    tell();
  });
  serviceWorker.register("/sw.js").then(
    (registration) => {
      const look = () => {
        // The first of all waits for nobody, and is no news.
        waiting = serviceWorker.controller ? registration.waiting : null;
        tell();
      };
      look();
      registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
      const ask = () => {
        if (document.visibilityState === "visible") void registration.update().catch(() => undefined);
      };
      window.setInterval(ask, EVERY);
      document.addEventListener("visibilitychange", ask);
      window.addEventListener("online", ask);
    },
    () => undefined,
  );
}
