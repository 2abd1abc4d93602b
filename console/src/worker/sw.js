/* Keeps the console's own files for when the server cannot be reached. Never an answer of the API, never a sound: what the
   list does not name is not kept. `worker.ts` fills the two constants in. */
const VERSION = "__VERSION__";
const SHELL = ["__SHELL__"];

const own = `shell-${VERSION}`;

self.addEventListener("install", (event) => {
  const fresh = SHELL.map((path) => new Request(path, { cache: "no-cache" }));
  event.waitUntil(caches.open(own).then((cache) => cache.addAll(fresh)));
});

/* It waits until somebody says so, or every page is closed: a page goes on with the files it began with. */
self.addEventListener("message", ({ data }) => {
  if (data === "take over") void self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    // The version before stays: another page may still be open with it.
    const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== own);
    await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || pathname.startsWith("/api")) return;
  const kept = (path) => caches.match(path, { ignoreVary: true });
  if (request.mode === "navigate") {
    // The newest page, else the one that was kept.
    event.respondWith(fetch(request).catch(async (fault) => (await kept("/")) ?? Promise.reject(fault)));
  } else if (pathname.startsWith("/assets/")) {
    // A name has its content's hash in it: what was kept is what would come.
    event.respondWith(kept(pathname).then((found) => found ?? fetch(request)));
  } else if (SHELL.includes(pathname)) {
    event.respondWith(fetch(request).catch(async (fault) => (await kept(pathname)) ?? Promise.reject(fault)));
  }
});
