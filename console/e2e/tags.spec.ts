import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { createHmac, randomUUID } from "node:crypto";
import { apiOf } from "./api";
import { agentReady, expect, signedIn, test } from "./test";

// It counts people, and its tags would stand in the wrap-ups of other files.
test.use({ apart: "tags" });

async function shot(page: Page, name: string, part = "body"): Promise<void> {
  await page.screenshot({ path: `e2e/shots/${name}.png` });
  const found = await new AxeBuilder({ page }).include(part).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), name).toEqual([]);
}

test("tags are made in groups, given and taken away in a chat, and people are found by them and by segments [S9.8, S9.9, S1.25]", async ({ browser, centre }) => {
  test.slow();
  const admin = await signedIn(browser, centre, "Adam");
  const menu = admin.getByRole("navigation", { name: "Pages" });
  await menu.getByRole("link", { name: "Tags", exact: true }).click();
  await expect(admin.getByText("No tags yet")).toBeVisible();
  for (const [name, group, colour] of [["complaint", "Mood", "#a3201d"], ["price", "Matter", "#f2c94c"], ["pricing", "Matter", "#1f5fbf"]] as const) {
    await admin.getByRole("button", { name: "Add tag" }).click();
    const sheet = admin.getByRole("dialog", { name: "Add tag" });
    await sheet.getByLabel("Name", { exact: true }).fill(name);
    await sheet.getByLabel("Group", { exact: true }).fill(group);
    await sheet.getByLabel("Colour", { exact: true }).fill(colour);
    await expect(sheet.getByText(/contrast of/)).toBeVisible();
    await sheet.getByRole("button", { name: "Add", exact: true }).click();
    await expect(admin.getByRole("button", { name, exact: true })).toBeVisible();
    await expect(sheet).toBeHidden();
  }
  await shot(admin, "tags-en-light");

  // Somebody writes; the agent marks the chat and the person.
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: "Tag bridge", queue });
  const anna = await agentReady(browser, centre, "Anna");
  const text = JSON.stringify({ id: "tag-1", contact: { id: "visitor-tag", name: "Mei Lin" }, text: "What does it cost?" });
  const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
  const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.${text}`).digest("base64")}`;
  const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
  const brought = await fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/messages`, { method: "POST", headers, body: text });
  expect(brought.status).toBe(201);
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const mood = anna.getByRole("group", { name: "Mood" });
  const matter = anna.getByRole("group", { name: "Matter" });
  await mood.getByRole("button", { name: "complaint" }).click();
  await expect(mood.getByRole("button", { name: "complaint" })).toHaveAttribute("aria-pressed", "true");
  await matter.getByRole("button", { name: "price", exact: true }).click();
  await expect(matter.getByRole("button", { name: "price", exact: true })).toHaveAttribute("aria-pressed", "true");
  await mood.getByRole("button", { name: "complaint" }).click();
  await expect(mood.getByRole("button", { name: "complaint" })).toHaveAttribute("aria-pressed", "false");
  await anna.getByRole("combobox", { name: "Tags of the contact" }).fill("pricing");
  await anna.getByRole("combobox", { name: "Tags of the contact" }).press("Enter");
  await anna.keyboard.press("Escape");
  await expect(anna.getByText("Tag bridge").first()).toBeVisible();
  await shot(anna, "desk-tags-en-light", ".desk-side");

  // Two words for one thing become one.
  await admin.getByRole("button", { name: "pricing", exact: true }).click();
  const sheet = admin.getByRole("dialog", { name: "Tag pricing" });
  await sheet.getByRole("combobox", { name: "Merge into" }).fill("price");
  await sheet.getByRole("combobox", { name: "Merge into" }).press("Enter");
  await sheet.getByRole("button", { name: "Merge", exact: true }).click();
  await admin.getByRole("tooltip").getByRole("button", { name: "Merge", exact: true }).click();
  await expect(sheet).toBeHidden();
  await expect(admin.getByRole("button", { name: "pricing", exact: true })).toHaveCount(0);

  // A segment is counted while it is written.
  await menu.getByRole("link", { name: "Segments" }).click();
  await expect(admin.getByText("No segments yet")).toBeVisible();
  await admin.getByRole("button", { name: "Add segment" }).click();
  const segment = admin.getByRole("dialog", { name: "Add segment" });
  await segment.getByLabel("Name", { exact: true }).fill("Ask for prices");
  await expect(segment.getByRole("status")).toHaveText("A condition is not finished.");
  await segment.getByRole("combobox", { name: "Asked" }).click();
  await admin.locator(".ant-select-item-option").filter({ hasText: /^Tag$/ }).click();
  await segment.getByRole("combobox", { name: "Value" }).fill("price");
  await segment.getByRole("combobox", { name: "Value" }).press("Enter");
  await admin.keyboard.press("Escape");
  await expect(segment.getByRole("status")).toHaveText("1 contact");
  await shot(admin, "segments-edit-en-light", "[role=dialog]");
  await segment.getByRole("button", { name: "Add", exact: true }).click();
  await expect(segment).toBeHidden();
  await expect(admin.getByRole("cell", { name: "1 contact" })).toBeVisible();
  await shot(admin, "segments-en-light");
  await admin.getByRole("link", { name: "Show them" }).click();
  await admin.getByRole("link", { name: "Mei Lin" }).click();
  await expect(admin.getByText("Ask for prices")).toBeVisible();
  await expect(admin.getByRole("list", { name: "Everything there was" }).getByText("Messages · Tag bridge")).toBeVisible();
  await shot(admin, "contact-timeline-en-light");
  await anna.context().close();
  await admin.context().close();
});
