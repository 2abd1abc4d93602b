import AxeBuilder from "@axe-core/playwright";
import { createHmac, randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// It switches a channel, and counts who wrote.
test.use({ apart: "channels" });

async function sound(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `e2e/shots/${name}.png` });
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), name).toEqual([]);
}

test("channels are switched and looked after on one page, and figures and conversations are told by them [S1.17, S1.19, S2.14, N4]", async ({ browser, centre }) => {
  test.slow();
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: "Order bridge", queue, answer_within: 600 });
  const bring = async (name: string, text: string) => {
    const body = JSON.stringify({ id: name, contact: { id: "guest-1", name: "Mei Lin" }, text });
    const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
    const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
    const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64")}`;
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
    const answer = await fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/messages`, { method: "POST", headers, body });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { conversation: string }).conversation;
  };
  const conversation = await bring("c-1", "Where is my parcel?");
  await api.send("POST", `conversations/${conversation}/messages`, { client_id: "a-1", text: "On its way" });

  // Without an address of the other side the answer fails, and the page says so.
  const menu = admin.getByRole("navigation", { name: "Pages" });
  await menu.getByRole("link", { name: "Channels", exact: true }).click();
  const row = admin.getByRole("row").filter({ hasText: "Order bridge" });
  await expect(row.getByText("no address for our answers")).toBeVisible();
  await expect(admin.getByRole("row").filter({ hasText: "Telephone" }).first()).toBeVisible();
  await sound(admin, "channels-en-light");
  await row.getByRole("link", { name: "Order bridge" }).click();
  await expect(admin.getByRole("heading", { name: "Text inboxes" })).toBeVisible();
  // What is written has no number: among those it is not offered.
  await menu.getByRole("link", { name: "Numbers", exact: true }).click();
  await expect(admin.getByRole("row").filter({ hasText: "Main menu" })).toBeVisible();
  await expect(admin.getByRole("row").filter({ hasText: "Order bridge" })).toHaveCount(0);
  await menu.getByRole("link", { name: "Channels", exact: true }).click();

  // A channel is put on hold, and given an advantage; both stand after a reload.
  await admin.getByRole("combobox", { name: "New work by Messages" }).click();
  await admin.locator(".ant-select-item-option", { hasText: "waits (on hold)" }).click();
  const held = () => api.get<{ name: string; switch: string; priority: number }[]>("channels");
  await expect.poll(async () => (await held()).find((one) => one.name === "api")?.switch).toBe("hold");
  const priority = admin.getByRole("spinbutton", { name: "Priority of Messages, in minutes" });
  await expect(priority).toBeEnabled();
  await priority.fill("5");
  await priority.press("Enter");
  await expect.poll(async () => (await held()).find((one) => one.name === "api")?.priority).toBe(5);
  await admin.reload();
  await expect(admin.getByRole("row").filter({ hasText: "Messages" }).filter({ hasText: "waits (on hold)" })).toBeVisible();
  await expect(admin.getByRole("spinbutton", { name: "Priority of Messages, in minutes" })).toHaveValue("5");

  // Figures by inbox; the rows behind them lead to the conversation.
  await menu.getByRole("link", { name: "Reports", exact: true }).click();
  await expect(admin.getByRole("heading", { name: "Reports" })).toBeVisible();
  await expect(admin.locator(".report-whole").getByText("Service level")).toBeVisible();
  await admin.getByRole("combobox", { name: "Figure" }).fill("First answers in");
  await admin.locator(".ant-select-item-option", { hasText: "First answers in time" }).click();
  await expect(admin.locator(".report-whole").getByText("First answers in time")).toBeVisible();
  await admin.getByRole("combobox", { name: "Told by" }).click();
  await admin.locator(".ant-select-item-option", { hasText: "by inbox" }).click();
  await expect(admin.getByRole("row").filter({ hasText: "Order bridge" }).getByText("100 %")).toBeVisible();
  await sound(admin, "reports-en-light");
  await admin.getByRole("button", { name: "Show the rows behind it" }).click();
  await admin.getByRole("link", { name: "Conversation", exact: true }).first().click();
  await expect(admin.getByText("Where is my parcel?").first()).toBeVisible();

  // The reviewer's list knows where conversations came by, and is narrowed to it.
  const rita = await signedIn(browser, centre, "Rita");
  await rita.goto(`${centre.url}/review?channel=api`);
  await expect(rita.getByText("Messages · Order bridge")).toBeVisible();
  await rita.goto(`${centre.url}/review?channel=web_chat`);
  await expect(rita.getByRole("heading", { name: "No conversation fits" })).toBeVisible();
  await rita.goto(`${centre.url}/review?q=parcel&inbox=${inbox.id}`);
  await expect(rita.locator("mark").first()).toHaveText("parcel");
  await expect(rita.getByText("Messages · Order bridge")).toBeVisible();
  await sound(rita, "review-narrowed-en-light");
  await rita.context().close();
  await admin.context().close();
});
