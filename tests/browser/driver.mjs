// Starts a browser and does what the test on the other end of the pipe asks for, one JSON object a line:
// {"call": "offer", "with": ["a", {}]} is answered by {"done": …} or {"failed": "…"}. The functions are those of page.js,
// and a few of this file. Ends, and ends the browser, when its input ends.
//
// usage: node driver.mjs chromium|firefox [page to open]
import { createServer } from "node:http";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import puppeteer from "puppeteer-core";
import { visitor } from "./visitor.js";

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
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "app.normandy.enabled": false,
    "browser.safebrowsing.provider.mozilla.updateURL": "",
  },
};
const options = { chromium, firefox }[kind];
if (!options) throw new Error(`which browser? ${kind}`);

// Firefox keeps no time for sound without a loudspeaker: it gets one that nobody hears.
let speaker;
if (kind === "firefox") {
  const socket = join(profile, "loudspeaker");
  const own = { ...process.env, HOME: profile, XDG_RUNTIME_DIR: profile };
  const more = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--realtime=no", "--high-priority=no"];
  const modules = ["-L", "module-null-sink", "-L", `module-native-protocol-unix auth-anonymous=1 socket=${socket}`];
  speaker = spawn("pulseaudio", [...more, ...modules], { env: own, stdio: "ignore" });
  for (let n = 0; n < 200 && !existsSync(socket); n += 1) await new Promise((done) => setTimeout(done, 50));
  process.env.PULSE_SERVER = `unix:${socket}`;
}

/** A package for nodes as one script for pages: its modules in a list, loaded as they are asked for. */
function bundle(entry, name) {
  const ids = new Map();
  const modules = [];
  const add = (file) => {
    if (ids.has(file)) return ids.get(file);
    const id = ids.size;
    ids.set(file, id);
    const text = readFileSync(file, "utf8");
    const needs = {};
    for (const [, wanted] of text.matchAll(/require\(["']([^"']+)["']\)/g)) {
      const found = createRequire(file).resolve(wanted === "events" ? "events/" : wanted);
      if (found.startsWith("/")) needs[wanted] = add(found.replace(/debug\/src\/index\.js$/, "debug/src/browser.js"));
    }
    const body = file.endsWith(".json") ? `module.exports = ${text}` : text;
    modules[id] = `[${JSON.stringify(needs)}, function (require, module, exports) {${body}\n}]`;
    return id;
  };
  const first = add(entry);
  return `(() => {
    const modules = [${modules.join(",\n")}], loaded = [];
    const load = (id) => {
      if (!loaded[id]) {
        const module = (loaded[id] = { exports: {} });
        modules[id][1]((wanted) => load(modules[id][0][wanted]), module, module.exports);
      }
      return loaded[id].exports;
    };
    globalThis.${name} = load(${first});
  })();`;
}

const files = {
  "/favicon.ico": ["image/x-icon", ""],
  "/": ["text/html", "<!doctype html><title>Ringdesk</title><script src=/jssip.js></script><script src=/page.js></script>"],
  "/jssip.js": ["text/javascript", bundle(createRequire(import.meta.url).resolve("jssip"), "JsSIP")],
  "/page.js": ["text/javascript", await readFile(new URL("page.js", here))],
};
const server = createServer((request, response) => {
  const [type, body] = files[new URL(request.url, "http://x").pathname] ?? [];
  response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" });
  response.end(body ?? "");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const home = address ?? `http://localhost:${server.address().port}/`;

const browser = await puppeteer.launch({ ...options, headless: true, userDataDir: join(profile, "user"), timeout: 120_000, protocolTimeout: 120_000, acceptInsecureCerts: true });
let page = await browser.newPage();
const watch = () => {
  page.on("console", (message) => console.error(`[page] ${message.text()}`));
  page.on("pageerror", (error) => console.error(`[page] ${error}`));
};
watch();
await page.goto(home);

/** The chat's own page, in its frame. */
async function chat() {
  return page.waitForFrame((frame) => frame.url().includes("/widget/"), { timeout: 60_000 });
}

/** Press where it is: a frame that still opens moves under the pointer, and the press would go beside it. */
async function press(element) {
  let before = null;
  for (let box = await element.boundingBox(); !box || JSON.stringify(box) !== before; box = await element.boundingBox()) {
    before = JSON.stringify(box);
    await new Promise((later) => setTimeout(later, 200));
  }
  await element.click();
}

const own = {
  /** A page of somebody else's that has the chat of this inbox; the visitor's voice hums. */
  async visit(centre, inbox, frequency) {
    files["/shop"] = ["text/html", `<!doctype html><title>Boots</title><h1>Boots</h1><script src="${centre}/widget.js" data-inbox="${inbox}" async></script>`];
    await page.evaluateOnNewDocument(visitor, frequency);
    await page.goto(new URL("/shop", home).href);
  },
  /** Press this button of the chat, once it is there. */
  async pressInChat(name) {
    const find = (name) => [...document.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === name && !one.disabled && one.getClientRects().length > 0);
    const button = await (await chat()).waitForFunction(find, { timeout: 60_000 }, name);
    await press(button.asElement());
  },
  /** A function of visitor.js, in the chat. */
  async inChat(what) {
    return (await chat()).evaluate((what) => globalThis.visitor[what](), what);
  },
  async reload() {
    await page.reload();
  },
  async home() {
    return new URL(home).origin;
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
speaker?.kill("SIGKILL");
await rm(profile, { recursive: true, force: true }).catch(() => {});
process.exit(0);
