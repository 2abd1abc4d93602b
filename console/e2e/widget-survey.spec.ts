import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// Who is at work counts here, so nobody else's centre.
test.use({ apart: "widget-survey" });

/** A site of somebody else's. */
async function shop(body: () => string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    answer.end(`<!doctype html><html lang="en"><head><title>Boots</title></head><body><main><h1>Boots</h1></main>${body()}</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const chatIn = (page: Page) => page.frameLocator("iframe[data-ringdesk]");

test("a visitor rates what an agent did for them, and changes it [S11.11, S11.12, S11.13, S11.14]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  let inbox = "";
  const site = await shop(() => `<script src="${centre.url}/widget.js" data-inbox="${inbox}" async></script>`);
  inbox = (await api.send<{ id: string }>("POST", "text_inboxes", { name: "Rated shop", queue, site: { allowed: [site.url], title: "Boots and more" } })).id;

  // The inbox is told to ask, and when to do something by itself.
  await admin.goto(`${centre.url}/sites`);
  await admin.getByRole("button", { name: "Rated shop" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Our answer is late after").fill("5");
  await sheet.getByLabel("Said then, once").fill("It takes a little longer today.");
  await sheet.getByRole("switch", { name: "Ask how satisfied they are" }).click();
  await sheet.getByRole("checkbox", { name: "Speed" }).check();
  await sheet.getByLabel("The question in English").fill("Were we good?");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toBeHidden();
  const kept = (await api.get<Record<string, unknown>[]>("text_inboxes")).find((one) => one.id === inbox);
  expect(kept).toMatchObject({ late_after: 300, late: "It takes a little longer today.", survey: { aspects: ["speed"], words: true, question: { en: "Were we good?" } } });

  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 390, height: 780 } });
  const page = await context.newPage();
  await page.goto(site.url);
  const chat = chatIn(page);
  await chat.getByRole("button", { name: "Open chat" }).click();
  const box = chat.getByRole("textbox", { name: "Your message" });
  await box.fill("Do they keep warm?");
  await box.press("Enter");
  const anna = await signedIn(browser, centre, "Anna");
  await anna.locator("[data-phone=ready]").waitFor();
  await anna.getByRole("button", { name: "Ready for calls" }).click();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await expect(chat.getByText(/is here now/)).toBeVisible();
  const card = chat.locator(".survey");
  await expect(card).toBeHidden();
  const answer = anna.getByRole("textbox", { name: "Write to them" });
  await answer.fill("Very warm.");
  await answer.press("Enter");
  await expect(chat.locator(".log .text").filter({ hasText: "Very warm." })).toHaveCount(1);
  await anna.getByRole("button", { name: "Settled: close" }).click();

  // By keys alone: without stars it says what is missing; then stars, words, sent.
  await expect(card.getByRole("heading", { name: "Were we good?" })).toBeVisible();
  await card.getByRole("button", { name: "Send rating" }).press("Enter");
  await expect(card.getByText("Choose one to five stars first.")).toBeVisible();
  const whole = card.getByRole("group", { name: "All in all" });
  await whole.getByRole("radio", { name: "1 of 5 stars" }).press("Space");
  await whole.getByRole("radio", { name: "1 of 5 stars" }).press("ArrowRight");
  await expect(whole.getByRole("radio", { name: "2 of 5 stars" })).toBeChecked();
  await card.getByRole("group", { name: "Speed" }).getByRole("radio", { name: "1 of 5 stars" }).press("Space");
  await card.getByRole("textbox", { name: "Anything else? (optional)" }).fill("It took a while.");
  const found = await new AxeBuilder({ page }).include("iframe[data-ringdesk]").analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  await page.screenshot({ path: "e2e/shots/widget-survey-390-en-light.png" });
  await card.getByRole("button", { name: "Send rating" }).press("Enter");
  await expect(card.getByText(/Thank you for your rating/)).toBeVisible();

  // The agent's timeline has it; loaded anew the card has it, and takes another answer.
  await expect(anna.getByText("Rated with 2 of 5 stars")).toBeVisible();
  await page.reload();
  await expect(card.getByRole("group", { name: "All in all" }).getByRole("radio", { name: "2 of 5 stars" })).toBeChecked();
  await expect(card.getByRole("textbox", { name: "Anything else? (optional)" })).toHaveValue("It took a while.");

  // Whoever leads sees the low one with its words.
  await admin.goto(`${centre.url}/satisfaction`);
  const row = admin.getByRole("row").filter({ hasText: "It took a while." });
  await expect(row.getByRole("img", { name: "2 of 5 stars" })).toBeVisible();
  await admin.getByRole("combobox", { name: "Ratings" }).click();
  await admin.getByTitle("1 and 2 stars").click();
  await expect(row).toBeVisible();
  await admin.screenshot({ path: "e2e/shots/satisfaction-en-light.png" });

  await card.getByRole("group", { name: "All in all" }).getByRole("radio", { name: "5 of 5 stars" }).press("Space");
  await card.getByRole("button", { name: "Change rating" }).press("Enter");
  await expect(anna.getByText("Rated with 5 of 5 stars")).toBeVisible();
  await admin.reload();
  await expect(admin.getByRole("row").filter({ hasText: "It took a while." }).getByRole("img", { name: "5 of 5 stars" })).toBeVisible();

  // Who goes on writing is not asked meanwhile.
  await box.fill("One more thing");
  await box.press("Enter");
  await expect(card).toBeHidden();

  site.server.close();
  await context.close();
  await anna.context().close();
  await admin.context().close();
});
