import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// Who is at work counts here, so nobody else's centre.
test.use({ apart: "track" });

/** A site of somebody else's that asks its visitors, marks what it wants to know of, and has a script of its own. */
async function shop(snippet: () => string): Promise<{ url: string; server: Server }> {
  const body = `
    <h1>Boots</h1>
    <button id="agree" onclick="ringdesk('consent', true)">I agree</button>
    <button id="withdraw" onclick="ringdesk('consent', false)">I do not agree any more</button>
    <button data-ringdesk-track="sizes">Sizes</button>
    <button onclick="ringdesk('track', 'cart', { item: 'winter boots', price: 59.9 })">Add to cart</button>
    <button onclick="history.pushState({}, '', '/boots/care?session=4711'); document.title = 'Care for boots'">Care</button>
    <form name="letter" onsubmit="return false"><input name="mail" aria-label="Your mail" value="mei@example.com"><button>Subscribe</button></form>`;
  const server = createServer((request, answer) => {
    const title = request.url?.startsWith("/cart") ? "Your cart" : "Boots for winter";
    answer.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    answer.end(`<!doctype html><html lang="en"><head><title>${title}</title></head><body><main>${body}</main>${snippet()}</body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test("an agent sees where a visitor is, and the way there of who agreed to it [S9.13, S9.14, S9.16]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  let inbox = "";
  const site = await shop(() => `<script src="${centre.url}/widget.js" data-inbox="${inbox}" async></script>`);
  inbox = (await api.send<{ id: string }>("POST", "text_inboxes", { name: "Shop", queue, site: { allowed: [site.url], title: "Boots and more" } })).id;

  // Before they agree nothing leaves their browser.
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const told: string[] = [];
  page.on("request", (request) => /\/(track|agreement)$/.test(request.url()) && told.push(request.postData() ?? ""));
  await page.goto(`${site.url}/boots?size=39&token=secret`);
  const chat = page.frameLocator("iframe[data-ringdesk]");
  await chat.getByRole("button", { name: "Open chat" }).click();
  await page.getByRole("button", { name: "Sizes" }).click();
  const box = chat.getByRole("textbox", { name: "Your message" });
  await box.fill("Do they keep warm?");
  await box.press("Enter");
  await expect(chat.locator(".log .text").filter({ hasText: "Do they keep warm?" })).toHaveCount(1);
  expect(told).toEqual([]);

  const anna = await signedIn(browser, centre, "Anna");
  await anna.locator("[data-phone=ready]").waitFor();
  await anna.getByRole("button", { name: "Ready for calls" }).click();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await expect(anna.locator(".line").filter({ hasText: "Do they keep warm?" })).toBeVisible();
  await expect(anna.getByRole("heading", { name: "On the site" })).toHaveCount(0);

  // From here on: the page they are on, what they click on, what the site's script says, a form without what is in it.
  await page.getByRole("button", { name: "I agree" }).click();
  const card = anna.locator("section.card").filter({ has: anna.getByRole("heading", { name: "On the site" }) });
  const now = card.getByRole("status");
  await expect(now.getByRole("link", { name: "Boots for winter" })).toBeVisible();
  await page.getByRole("button", { name: "Sizes" }).click();
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.getByRole("button", { name: "Subscribe" }).click();
  await page.getByRole("button", { name: "Care" }).click();
  await expect(now.getByRole("link", { name: "Care for boots" })).toBeVisible();
  await page.goto(`${site.url}/cart`);
  await expect(now.getByRole("link", { name: "Your cart" })).toBeVisible();
  const lines = card.locator(".track-lines");
  await card.locator("summary").click();
  for (const line of ["Clicked sizes", "Event cart", "item: winter boots", "Sent the form letter", "looked at it for"]) {
    await expect(lines).toContainText(line, { timeout: 30_000 });
  }
  const shown = (await lines.innerHTML()) + told.join();
  expect(shown).not.toContain("mei@example.com");
  expect(await lines.innerHTML()).not.toMatch(/secret|4711/);
  const found = await new AxeBuilder({ page: anna }).include(".desk-side").analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`)).toEqual([]);
  await anna.screenshot({ path: "e2e/shots/desk-track-en-light.png", fullPage: true });

  // Taken back, it is gone.
  await chat.getByRole("textbox", { name: "Your message" }).waitFor();
  const gone = page.waitForResponse((answer) => answer.url().endsWith("/agreement") && answer.status() === 204);
  await page.getByRole("button", { name: "I do not agree any more" }).click();
  await gone;
  const conversation = (await api.get<{ id: string; channel: string }[]>("conversations")).find((one) => one.channel === "web_chat")?.id ?? "";
  expect(await api.get<unknown[]>(`conversations/${conversation}/track`)).toEqual([]);

  site.server.close();
  await context.close();
  await anna.context().close();
  await admin.context().close();
});
