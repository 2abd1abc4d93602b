// Starts a browser and does what the test on the other end of the pipe asks for, one JSON object a line:
// {"call": "offer", "with": ["a", {}]} is answered by {"done": …} or {"failed": "…"}. The functions are those of page.js,
// and a few of this file. Ends, and ends the browser, when its input ends.
//
// usage: node driver.mjs chromium|firefox [page to open]
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";

const [kind, address] = process.argv.slice(2);
const here = new URL(".", import.meta.url);
const profile = await mkdtemp(join(tmpdir(), "ringdesk-browser-"));

const chromium = {
  browser: "chrome",
  executablePath: process.env.RINGDESK_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--ignore-certificate-errors",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
  ],
};
const firefox = {
  browser: "firefox",
  executablePath: process.env.RINGDESK_FIREFOX ?? "/usr/bin/firefox-esr",
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.peerconnection.ice.loopback": true,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.cubeb.backend": "null",
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "app.normandy.enabled": false,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
  },
};
const options = { chromium, firefox }[kind];
if (!options) throw new Error(`which browser? ${kind}`);

const files = {
  "/": ["text/html", "<!doctype html><title>Ringdesk</title><script src=/page.js></script>"],
  "/page.js": ["text/javascript", await readFile(new URL("page.js", here))],
};
const server = createServer((request, response) => {
  const [type, body] = files[new URL(request.url, "http://x").pathname] ?? [];
  response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" });
  response.end(body ?? "");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const home = address ?? `http://localhost:${server.address().port}/`;

const browser = await puppeteer.launch({ ...options, headless: true, userDataDir: profile, timeout: 120_000, protocolTimeout: 120_000, acceptInsecureCerts: true });
let page = await browser.newPage();
const watch = () => {
  page.on("console", (message) => console.error(`[page] ${message.text()}`));
  page.on("pageerror", (error) => console.error(`[page] ${error}`));
};
watch();
await page.goto(home);

const own = {
  async reload() {
    await page.reload();
  },
  async version() {
    return browser.version();
  },
};

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
say({ done: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const { call, with: args } = JSON.parse(line);
    const done = own[call]
      ? await own[call](...args)
      : await page.evaluate((call, args) => globalThis.page[call](...args), call, args);
    say({ done: done ?? null });
  } catch (error) {
    say({ failed: String(error?.stack ?? error) });
  }
}
await Promise.race([browser.close().catch(() => {}), new Promise((done) => setTimeout(done, 10_000))]);
browser.process()?.kill("SIGKILL");
await rm(profile, { recursive: true, force: true }).catch(() => {});
process.exit(0);
