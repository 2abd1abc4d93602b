import { createServer, request as ask, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import type { Centre } from "./centre";
import { expect, test, untoured } from "./test";

/** What stands before a server: it can be cut, and it can serve another version of the worker, as an update does. */
class Way {
  isCut = false;
  isNewer = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async to(centre: Centre): Promise<Way> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const way = new Way(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("connection", (socket) => {
      way.sockets.add(socket);
      socket.once("close", () => way.sockets.delete(socket));
    });
    server.on("request", (got, answer) => {
      if (way.isCut) return got.socket.destroy();
      const isWorker = got.url === "/sw.js";
      const headers = { ...got.headers, ...(isWorker && { "accept-encoding": "identity", "if-none-match": "" }) };
      const on = ask({ host: "127.0.0.1", port: centre.http, method: got.method, path: got.url, headers }, (from) => {
        if (!isWorker || !way.isNewer) {
          answer.writeHead(from.statusCode ?? 502, from.headers);
          return from.pipe(answer);
        }
        const rest = { ...from.headers };
        delete rest["content-length"];
        delete rest.etag;
        answer.writeHead(200, rest);
        from.setEncoding("utf8");
        let text = "";
        from.on("data", (part: string) => (text += part));
        from.on("end", () => answer.end(text.replace(/VERSION = "/, 'VERSION = "newer-')));
      });
      on.once("error", () => got.socket.destroy());
      got.pipe(on);
    });
    server.on("upgrade", (got, socket, head) => {
      if (way.isCut) return socket.destroy();
      const on = connect(centre.http, "127.0.0.1", () => {
        const lines = got.rawHeaders.flatMap((name, n, all) => (n % 2 === 0 ? [`${name}: ${all[n + 1]}`] : []));
        on.write(`${got.method} ${got.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
        on.write(head);
        on.pipe(socket).pipe(on);
      });
      on.once("error", () => socket.destroy());
      socket.once("error", () => on.destroy());
      socket.once("close", () => on.destroy());
    });
    return way;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((done) => this.server.close(done));
  }
}

/** Signed in, with the worker in charge of the page. */
async function installed(browser: Browser, way: Way): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB", serviceWorkers: "allow" });
  await untoured(context);
  const page = await context.newPage();
  await page.goto(way.url);
  await page.getByRole("button", { name: /^Adam/ }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return page;
}

test("it can be installed: a manifest with icons that are there [S16.2]", async ({ page, centre }) => {
  await page.goto(centre.url);
  const manifest = await page.evaluate(async () => {
    const href = document.querySelector<HTMLLinkElement>("link[rel=manifest]")?.href ?? "";
    return (await (await fetch(href)).json()) as { display: string; start_url: string; icons: { src: string; sizes: string; purpose?: string }[] };
  });
  expect(manifest).toMatchObject({ display: "standalone", start_url: "/" });
  expect(manifest.icons.some((icon) => icon.purpose === "maskable")).toBe(true);
  for (const icon of manifest.icons) {
    const size = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, icon.src);
    if (icon.sizes !== "any") expect(size, icon.src).toBe(icon.sizes);
  }
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = (await session.send("Page.getInstallabilityErrors")) as { installabilityErrors: { errorId: string }[] };
  // A private window, as tests have, can install nothing; everything else must be right.
  expect(installabilityErrors.map((one) => one.errorId).filter((id) => id !== "in-incognito")).toEqual([]);
});

test("cut off it says so, and comes back by itself; nothing of anybody is kept [S16.2]", async ({ browser, centre }) => {
  const way = await Way.to(centre);
  const page = await installed(browser, way);
  const context = page.context();
  const refused: string[] = [];
  page.on("console", (line) => {
    if (/Content Security Policy/.test(line.text())) refused.push(line.text());
  });
  for (const [path, title] of [
    ["users", "Users"],
    ["review", "Review"],
  ] as const) {
    await page.goto(`${way.url}/${path}`);
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
  }
  // A sound that was heard, and an answer that was read.
  await page.goto(`${way.url}/prompts`);
  // The list draws what is near; what other tests recorded stands before it.
  await page.getByRole("searchbox").fill("goodbye");
  await page.getByRole("button", { name: "goodbye", exact: true }).click();
  await page.locator("audio").evaluate((audio: HTMLAudioElement) => {
    audio.muted = true;
    return audio.play();
  });
  const kept = await page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
    return urls;
  });
  expect(kept.length).toBeGreaterThan(10);
  for (const path of kept) expect(path).toMatch(/^\/($|assets\/[^/]+\.(js|css)$|icon|manifest\.webmanifest$)/);

  way.cut();
  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole("heading", { name: "No connection" })).toBeVisible();
  await expect(page.getByText("The server cannot be reached.")).toBeVisible();
  for (const [theme, width] of [
    ["light", 1366],
    ["dark", 390],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: `e2e/shots/no-connection-en-${theme}-${width}.png` });
  }
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id)).toEqual([]);
  // The network is there again, and the server is not yet.
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByRole("heading", { name: "No connection" })).toBeVisible();
  way.isCut = false;
  await page.setViewportSize({ width: 1366, height: 800 });
  await expect(page.getByRole("heading", { name: "Prompts" })).toBeVisible();
  expect(refused).toEqual([]);
  await context.close();
  await way.close();
});

test("a newer version is told of, and comes when one wants it [S16.2]", async ({ browser, centre }) => {
  const way = await Way.to(centre);
  const page = await installed(browser, way);
  const notice = page.getByText("There is a newer version of the console.");
  await expect(notice).toHaveCount(0);
  const versions = () => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("shell-")));
  const before = await versions();
  expect(before).toHaveLength(1);
  way.isNewer = true;
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
  await expect(notice).toBeVisible();
  await page.screenshot({ path: "e2e/shots/new-version-en-light.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: "e2e/shots/new-version-en-light-390.png" });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1366, height: 800 });
  // Another page that is open with the old one hears of it when this one changes.
  const other = await page.context().newPage();
  await other.goto(`${way.url}/about`);
  await expect(other.getByRole("heading", { name: "About" })).toBeVisible();
  await other.getByRole("button", { name: "Later" }).click();
  await expect(other.getByText("There is a newer version of the console.")).toHaveCount(0);
  const loaded = page.waitForEvent("load");
  await page.getByRole("button", { name: "Load again" }).click();
  await loaded;
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  await expect(notice).toHaveCount(0);
  await expect.poll(async () => (await versions()).some((name) => name.startsWith("shell-newer-"))).toBe(true);
  // What it was loaded with is still there for it.
  expect(await versions()).toContain(before[0]);
  await page.context().close();
  await way.close();
});
