import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { hears, withEars } from "./ears";
import { agentReady, expect, signedIn, test } from "./test";

// Who is at work counts here, so nobody else's centre.
test.use({ apart: "widget-call" });

/** In Hz: what the visitor's and the agent's microphones hear. */
const VISITOR = 620;
const AGENT = 940;

async function shop(body: () => string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    answer.end(`<!doctype html><html lang="en"><head><title>Boots for winter</title></head><body><main><h1>Boots</h1></main>${body()}</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** From its next load on, the microphone of this page and of the frames in it hums. */
async function hums(page: Page, hz: number): Promise<void> {
  await page.addInitScript((hz) => {
    // An insecure page has none.
    if (!("mediaDevices" in navigator)) return;
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      await context.resume();
      const [tone, loud, out] = [context.createOscillator(), context.createGain(), context.createMediaStreamDestination()];
      tone.frequency.value = hz;
      loud.gain.value = 0.4;
      tone.connect(loud).connect(out);
      tone.start();
      return out.stream;
    };
  }, hz);
}

const frameIn = (page: Page) => page.frameLocator("iframe[data-ringdesk]");

/** The visitor hears this tone: what comes over the connection of the frame. */
async function visitorHears(page: Page, hz: number): Promise<void> {
  const loudest = async () => (await frameIn(page).locator("body").evaluate(() => window.loudest()).catch(() => 0)) - hz;
  await expect.poll(async () => Math.abs(await loudest()) < 12, { timeout: 60_000, message: `the visitor hears ${hz} Hz` }).toBe(true);
}

test("a visitor calls from a foreign page, talks with an agent, and stands in one file [S4.1, S1.3]", async ({ browser, centre }) => {
  test.setTimeout(240_000);
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  let inbox = "";
  const site = await shop(() => `<script src="${centre.url}/widget.js" data-inbox="${inbox}" async></script>`);
  const look = { allowed: [site.url], title: "Boots and more", colour: "#0b6e4f" };
  inbox = (await api.send<{ id: string }>("POST", "text_inboxes", { name: "Shop", queue, site: look })).id;

  // The button comes with the number that answers.
  await admin.goto(`${centre.url}/sites`);
  await admin.getByRole("button", { name: "Shop", exact: true }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Call button").click();
  await admin.locator(".ant-select-item-option", { hasText: "1001" }).last().click();
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toBeHidden();

  const context = await browser.newContext({ locale: "en-GB", permissions: ["microphone"] });
  const page = await context.newPage();
  await withEars(page);
  await hums(page, VISITOR);
  await page.goto(`${site.url}/boots`);
  const chat = frameIn(page);
  await chat.getByRole("button", { name: "Open chat" }).click();
  // What they write first stands in the same file as the call.
  await chat.getByRole("textbox", { name: "Your name" }).fill("Mei");
  const box = chat.getByRole("textbox", { name: "Your message" });
  await box.fill("I would rather talk about the boots.");
  await box.press("Enter");
  await expect(chat.locator(".log .text").filter({ hasText: "I would rather talk" })).toHaveCount(1);
  // Somebody is asked as soon as they are ready.
  const bernd = await signedIn(browser, centre, "Bernd");
  await bernd.locator("[data-phone=ready]").waitFor();
  await bernd.getByRole("button", { name: "Ready for calls" }).click();
  await bernd.getByRole("button", { name: "Take", exact: true }).click();
  await expect(bernd.locator(".line").filter({ hasText: "I would rather talk" })).toBeVisible();
  await bernd.getByRole("button", { name: "Settled: close" }).click();
  await expect(chat.getByText(/The conversation has ended/)).toBeVisible();
  await (await apiOf(bernd, centre)).send("PUT", "presence", { state: "not_ready", reason: "break" });

  const anna = await agentReady(browser, centre, "Anna");
  await hums(anna, AGENT);
  await anna.reload();
  await anna.locator("[data-phone=ready]").waitFor();

  // They wait until somebody answers, and are told so.
  await chat.getByRole("button", { name: "Call us" }).click();
  const bar = chat.getByRole("region", { name: "Your call" });
  await expect(bar.getByRole("status")).toContainText("Waiting", { timeout: 60_000 });
  const found = await new AxeBuilder({ page }).include("iframe[data-ringdesk]").analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);

  // The agent is told who it is, from which page, and in which language.
  const offer = anna.getByRole("alertdialog");
  await expect(offer).toContainText("Mei");
  await expect(offer).toContainText("From the web site");
  await expect(offer).toContainText("Boots for winter");
  await expect(offer).toContainText("en-GB");
  await offer.getByRole("button", { name: "Answer" }).click();
  await expect(anna.getByRole("region", { name: "In a call" })).toBeVisible();
  await expect(bar.getByRole("status")).toContainText("You are talking with");
  await hears(anna, VISITOR);
  await visitorHears(page, AGENT);

  // Closed, the chat goes on talking and says so.
  await chat.getByRole("button", { name: "Close chat" }).click();
  await chat.getByRole("button", { name: "Open chat. You are in a call." }).click();
  await hears(anna, VISITOR);
  await page.screenshot({ path: "e2e/shots/widget-call-en-light.png" });

  // Either side ends it for both.
  await bar.getByRole("button", { name: "Hang up" }).click();
  await expect(bar.getByRole("status")).toHaveText("The call has ended.");
  await expect(anna.getByRole("region", { name: "In a call" })).toBeHidden();

  // One file: what was written, and the call.
  const all = await api.get<{ id: string; channel: string; contact: string | null }[]>("conversations");
  const contacts = new Set(all.filter((one) => one.channel === "phone" || one.channel === "web_chat").map((one) => one.contact));
  expect(all.map((one) => one.channel).sort()).toEqual(["phone", "web_chat"]);
  expect(contacts.size, "one contact").toBe(1);
  expect([...contacts][0]).toBeTruthy();

  // Called again, it is the agent who ends it: the visitor is told so, and may call once more.
  await (await apiOf(anna, centre)).send("PUT", "presence", { state: "ready" });
  await chat.getByRole("button", { name: "Call us" }).click();
  await offer.getByRole("button", { name: "Answer" }).click();
  await expect(bar.getByRole("status")).toContainText("You are talking with", { timeout: 60_000 });
  await hears(anna, VISITOR);
  await visitorHears(page, AGENT);
  await anna.getByRole("region", { name: "In a call" }).getByRole("button", { name: "Hang up" }).click();
  await expect(bar.getByRole("status")).toHaveText("The call has ended.");
  await expect(bar.getByRole("button", { name: "Hang up" })).toBeHidden();
  await expect(chat.getByRole("button", { name: "Call us" })).toBeEnabled();

  site.server.close();
  await context.close();
  await anna.context().close();
  await bernd.context().close();
  await admin.context().close();
});

test("whoever does not let the page hear them is told what to do [S4.1]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  let inbox = "";
  const site = await shop(() => `<script src="${centre.url}/widget.js" data-inbox="${inbox}" async></script>`);
  const look = { allowed: [site.url], title: "Shoes", calls: "1001" };
  inbox = (await api.send<{ id: string }>("POST", "text_inboxes", { name: "Shoes", queue, site: look })).id;
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.addInitScript(() => {
    if ("mediaDevices" in navigator) navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.goto(site.url);
  const chat = frameIn(page);
  await chat.getByRole("button", { name: "Open chat" }).click();
  await chat.getByRole("button", { name: "Call us" }).click();
  await expect(chat.getByRole("status").filter({ hasText: "Your microphone is blocked" })).toBeVisible();
  await expect(chat.getByRole("button", { name: "Call us" })).toBeEnabled();
  site.server.close();
  await context.close();
  await admin.context().close();
});
