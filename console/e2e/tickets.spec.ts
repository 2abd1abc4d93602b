import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { apiOf } from "./api";
import { Centre } from "./centre";
import { agentReady, expect, signedIn, test as base, untoured } from "./test";

const PASSWORD = "only-for-tests-1";

/** A centre whose webhooks may lead to this machine. */
const test = base.extend<object, { centre: Centre }>({
  centre: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const centre = await Centre.start(["[channels]", `allow_networks = ["127.0.0.0/8"]`]);
      await use(centre);
      await centre.stop();
    },
    { scope: "worker" },
  ],
});

/** Somebody who is no demo login. */
async function byPassword(browser: Browser, centre: Centre, login: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB" });
  await untoured(context);
  const page = await context.newPage();
  await page.goto(centre.url);
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
  return page;
}

const flawless = async (page: Page) => {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa"]).analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes[0]?.html ?? ""}`)).toEqual([]);
};

test("a ticket of a talk is settled by a department, the contact is told, and the archive is only read [S8.1, S8.4, S8.5, S8.7, S8.10]", async ({ browser, centre }) => {
  test.slow();
  const texts: string[] = [];
  const server = createServer((request, answer) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      texts.push((JSON.parse(body) as { text?: string | null }).text ?? "");
      answer.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;

  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: "Ticket bridge", queue, webhook });
  await api.send("POST", "users", { login: "dora", name: "Dora Department", roles: ["department"], password: PASSWORD, must_change_password: false });

  // The administrator says who settles repairs, and what the contact is told.
  await admin.goto(`${centre.url}/ticket-types`);
  await admin.getByRole("button", { name: "Add department" }).click();
  let sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name").fill("Workshop");
  await sheet.getByLabel("Members").click();
  await admin.keyboard.type("Dora");
  await admin.keyboard.press("Enter");
  await admin.keyboard.press("Escape");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByRole("button", { name: "Workshop" })).toBeVisible();
  await admin.getByRole("button", { name: "Add type" }).click();
  sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name").fill("Repair");
  await sheet.getByLabel("Goes to").click();
  await admin.getByRole("option", { name: "Workshop" }).or(admin.locator(".ant-select-item-option").filter({ hasText: "Workshop" })).last().click();
  await sheet.getByRole("button", { name: "Add field" }).click();
  await sheet.getByLabel("Field", { exact: true }).fill("Device");
  await sheet.getByRole("switch", { name: "Required" }).click();
  await sheet.getByLabel("Solved").fill("{title}: done, number {number}.");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByRole("button", { name: "Repair" })).toBeVisible();
  await expect(admin.getByRole("dialog")).toHaveCount(0);
  await flawless(admin);
  await admin.screenshot({ path: "e2e/shots/ticket-types-en-light.png", fullPage: true });

  // A contact writes; the agent makes a ticket of it without leaving the desk.
  const anna = await agentReady(browser, centre, "Anna");
  const text = JSON.stringify({ id: "ticket-1", contact: { id: "visitor-9" }, text: "My kettle leaks" });
  const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
  const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.${text}`).digest("base64")}`;
  const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
  const brought = await fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/messages`, { method: "POST", headers, body: text });
  expect(brought.status).toBe(201);
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await anna.getByRole("button", { name: "New ticket" }).click();
  const form = anna.getByRole("dialog");
  await form.getByLabel("Title").fill("The kettle leaks");
  await form.getByRole("button", { name: "Make the ticket" }).click();
  await expect(form.getByText("This is needed.")).toBeVisible();
  await form.getByLabel("Device").fill("kettle");
  await form.getByRole("button", { name: "Make the ticket" }).click();
  const link = anna.getByRole("link", { name: /The kettle leaks/ });
  await expect(link).toBeVisible();
  await anna.screenshot({ path: "e2e/shots/desk-ticket-en-light.png" });

  // The department sees its tickets, and nothing else of what customers write, and settles this one.
  const dora = await byPassword(browser, centre, "dora");
  await expect(dora.getByRole("navigation", { name: "Pages" }).getByRole("link")).toHaveText(["Tickets", "Help desk"]);
  await dora.getByRole("link", { name: "The kettle leaks" }).click();
  await dora.getByRole("button", { name: "Take it" }).click();
  await expect(dora.getByRole("button", { name: "Take it" })).toHaveCount(0);
  await dora.getByRole("textbox", { name: "Comment" }).fill("A new seal.");
  await dora.getByRole("button", { name: "Add comment" }).click();
  await expect(dora.getByText("A new seal.").first()).toBeVisible();
  await flawless(dora);
  await dora.screenshot({ path: "e2e/shots/ticket-en-light.png", fullPage: true });
  await dora.getByRole("button", { name: "Solved", exact: true }).click();
  await expect(dora.getByRole("button", { name: "Open again" })).toBeVisible();
  await expect(dora.getByRole("button", { name: "Archive" })).toHaveCount(0);
  await expect.poll(() => texts.filter((one) => /^The kettle leaks: done, number \d+\.$/.test(one)).length).toBe(1);
  expect(texts.filter((one) => one.includes("seal"))).toEqual([]);

  // Archived: read and found, and no more written.
  await link.click();
  await anna.getByRole("link", { name: "the talk" }).click();
  await expect(anna.locator(".line").filter({ hasText: "My kettle leaks" })).toBeVisible();
  await link.click();
  await anna.getByRole("button", { name: "Archive" }).click();
  await expect(anna.getByText("This ticket is archived")).toBeVisible();
  await expect(anna.getByRole("button", { name: "Open again" })).toHaveCount(0);
  await expect(anna.getByRole("button", { name: "Add comment" })).toHaveCount(0);
  await anna.getByRole("button", { name: "All tickets" }).click();
  await expect(anna.getByRole("link", { name: "The kettle leaks" })).toHaveCount(0);
  await anna.getByRole("combobox", { name: "State" }).click();
  await anna.locator(".ant-select-item-option").filter({ hasText: "All states" }).click();
  await anna.getByRole("searchbox", { name: "Number or words" }).fill("seal");
  await anna.keyboard.press("Enter");
  await expect(anna.getByRole("link", { name: "The kettle leaks" })).toBeVisible();
  await flawless(anna);
  for (const page of [admin, anna, dora]) await page.context().close();
  server.close();
});
