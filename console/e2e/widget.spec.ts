import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// Who is at work counts here, so nobody else's centre.
test.use({ apart: "widget" });

/** A site of somebody else's: another origin, with styles that would spoil a chat in its own page. */
async function shop(body: () => string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    answer.end(`<!doctype html><html lang="en"><head><title>Boots for winter</title><style>* { font-size: 40px !important; color: red; }</style></head><body><main><h1>Boots</h1></main>${body()}</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const visitorOf = async (browser: Browser, url: string) => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(url);
  return { context, page };
};

const chatIn = (page: Page) => page.frameLocator("iframe[data-ringdesk]");
const textIn = (page: Page, text: string) => chatIn(page).locator(".log .text").filter({ hasText: text });

test("a visitor and an agent write to each other from a foreign page [S1.3, S2.1, S2.2, S2.3, S2.4, S2.7, S2.8, S2.9, S2.11, S9.1]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  let inbox = "";
  const site = await shop(() => `<script src="${centre.url}/widget.js" data-inbox="${inbox}" async></script>`);
  const look = { allowed: [site.url], title: "Boots and more", colour: "#0b6e4f", greeting: "How can we help?" };
  inbox = (await api.send<{ id: string }>("POST", "text_inboxes", { name: "Shop", queue, site: look })).id;

  // Nobody is there: a message is left, with a way to answer.
  const { context, page } = await visitorOf(browser, `${site.url}/boots`);
  const chat = chatIn(page);
  await chat.getByRole("button", { name: "Open chat" }).click();
  await expect(chat.getByRole("dialog", { name: "Boots and more" })).toBeVisible();
  await expect(textIn(page, "How can we help?")).toBeVisible();
  await chat.getByRole("textbox", { name: "Your name" }).fill("Mei");
  await chat.getByRole("textbox", { name: "E-mail or telephone" }).fill("mei@example.com");
  const box = chat.getByRole("textbox", { name: "Your message" });
  await box.fill("Do they keep warm? <img src=x onerror=alert(1)>");
  await box.press("Enter");
  await expect(textIn(page, "Do they keep warm?")).toHaveCount(1);
  await expect(chat.getByText("You are next.")).toBeVisible();

  // The next agent who comes is asked at once.
  const anna = await signedIn(browser, centre, "Anna");
  await anna.locator("[data-phone=ready]").waitFor();
  await anna.getByRole("button", { name: "Ready for calls" }).click();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await expect(chat.getByText(/is here now/)).toBeVisible();
  await expect(anna.locator(".line").filter({ hasText: "<img src=x onerror=alert(1)>" })).toBeVisible();
  await expect(anna.getByRole("link", { name: "Boots for winter" })).toBeVisible();
  // Agents see that there is a way; to read it takes the right to numbers and addresses.
  await expect(anna.getByText("Can be reached by")).toBeVisible();
  await expect(chat.locator(".said-me .about").filter({ hasText: "read" })).toBeVisible();

  // Both ways, and who types.
  const answer = anna.getByRole("textbox", { name: "Write to them" });
  await answer.pressSequentially("Very");
  await expect(chat.getByText(/is writing/)).toBeVisible();
  await answer.fill("Very <b>warm</b>.");
  await answer.press("Enter");
  await expect(textIn(page, "Very <b>warm</b>.")).toHaveCount(1);
  const line = anna.locator(".line").filter({ hasText: "Very <b>warm</b>." });
  await expect(line).toContainText("read");
  // They go on typing, as people do, until it is seen.
  await expect(async () => {
    await box.press("A");
    await expect(anna.getByText("They are writing…")).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 30_000 });
  await box.fill("And in size 39?");
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "And in size 39?" })).toHaveCount(1);
  await page.screenshot({ path: "e2e/shots/widget-en-light.png" });
  const found = await new AxeBuilder({ page }).include("iframe[data-ringdesk]").analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);

  // Loaded anew it is open, with the same lines; a second window has them, too.
  await page.reload();
  await expect(textIn(page, "And in size 39?")).toHaveCount(1);
  const second = await context.newPage();
  await second.goto(`${site.url}/other`);
  await expect(textIn(second, "Do they keep warm?")).toHaveCount(1);
  await chatIn(second).getByRole("textbox", { name: "Your message" }).fill("From the other window");
  await chatIn(second).getByRole("button", { name: "Send", exact: true }).click();
  for (const one of [page, second]) await expect(textIn(one, "From the other window")).toHaveCount(1);
  await expect(anna.locator(".line").filter({ hasText: "From the other window" })).toHaveCount(1);
  await second.close();

  // Without a network it waits, says so, and goes out once.
  await context.setOffline(true);
  await box.fill("Are you still there?");
  await box.press("Enter");
  await expect(chat.locator(".out").getByText("sending…")).toBeVisible();
  await expect(chat.getByText(/No connection/)).toBeVisible();
  await context.setOffline(false);
  await expect(textIn(page, "Are you still there?")).toHaveCount(1);
  await expect(chat.locator(".out li")).toHaveCount(0);
  await expect(anna.locator(".line").filter({ hasText: "Are you still there?" })).toHaveCount(1);

  // Taken back, on both sides.
  const mine = chat.locator(".said-me").filter({ hasText: "Are you still there?" });
  await mine.getByRole("button", { name: "Take back" }).click();
  await expect(chat.getByText("This message was taken back.")).toBeVisible();
  await expect(anna.locator(".line").filter({ hasText: "Are you still there?" })).toHaveCount(0);

  // A telephone's width: the whole of it.
  await page.setViewportSize({ width: 390, height: 780 });
  await expect.poll(async () => (await page.locator("iframe[data-ringdesk]").boundingBox())?.width).toBe(390);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: "e2e/shots/widget-390-en-dark.png" });
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(chat.getByText(/The conversation has ended/)).toBeVisible();
  await chat.getByRole("button", { name: "Close chat" }).press("Enter");
  await expect(chat.getByRole("button", { name: "Open chat" })).toBeFocused();

  site.server.close();
  await context.close();
  await anna.context().close();
  await admin.context().close();
});

test("a chat is made, seen beforehand, put on a site and switched off [S1.17, S1.18, S13.2]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  let snippet = "";
  const site = await shop(() => snippet);
  await admin.goto(`${centre.url}/sites`);
  await admin.getByRole("button", { name: "Chat on a site" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("Winter shop");
  await sheet.getByLabel("Queue", { exact: true }).click();
  await admin.locator(".ant-select-item-option", { hasText: "support" }).last().click();
  const allowed = sheet.getByLabel("Allowed sites");
  await allowed.fill(site.url);
  await allowed.press("Enter");
  await sheet.getByLabel("Greeting").fill("Welcome to the winter shop");
  await sheet.getByRole("button", { name: "Make" }).click();
  await admin.getByRole("button", { name: "Winter shop" }).click();
  const preview = admin.frameLocator("iframe.sites-preview");
  await expect(preview.getByText("Welcome to the winter shop")).toBeVisible();
  await sheet.getByLabel("Greeting").fill("Good morning");
  await expect(preview.getByText("Good morning")).toBeVisible();
  // A colour that is hard to see is told of, and another one is taken.
  await sheet.getByLabel("Colour", { exact: true }).fill("#ffe066");
  await expect(sheet.getByText(/On a white page this colour is weak/)).toBeVisible();
  await sheet.getByLabel("Colour", { exact: true }).fill("#0b6e4f");
  await expect(sheet.getByText(/On a white page this colour is weak/)).toHaveCount(0);
  await admin.screenshot({ path: "e2e/shots/sites-en-light.png" });
  snippet = (await sheet.locator(".sites-snippet code").textContent()) ?? "";
  expect(snippet).toContain("widget.js");

  const { context, page } = await visitorOf(browser, site.url);
  await chatIn(page).getByRole("button", { name: "Open chat" }).click();
  await expect(textIn(page, "Welcome to the winter shop")).toBeVisible();

  // A page of somebody else's shows nothing.
  const stranger = await shop(() => snippet);
  const other = await browser.newPage();
  const refused = other.waitForEvent("console", (line) => line.text().includes("frame-ancestors"));
  await other.goto(stranger.url);
  await refused;
  await expect(chatIn(other).getByRole("button", { name: "Open chat" })).toHaveCount(0);

  await sheet.getByRole("button", { name: "Switch off" }).click();
  await admin.getByRole("tooltip").getByRole("button", { name: "Switch off" }).click();
  await expect(admin.getByRole("row").filter({ hasText: "Winter shop" })).toContainText("Switched off");
  const gone = page.waitForResponse((answer) => answer.url().includes("/widget/") && answer.status() === 404);
  await page.reload();
  await gone;
  await expect(chatIn(page).getByRole("button", { name: "Open chat" })).toHaveCount(0);
  stranger.server.close();
  site.server.close();
  await other.context().close();
  await context.close();
  await admin.context().close();
});
