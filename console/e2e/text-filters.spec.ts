import AxeBuilder from "@axe-core/playwright";
import { createHmac, randomUUID } from "node:crypto";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// Whatever it holds would be held in other files, too.
test.use({ apart: "text-filters" });

test("a filter holds messages back, a person lets one through and refuses another, and the bad word is seen [S9.18, S9.19]", async ({ browser, centre }) => {
  test.slow();
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: "Filtered bridge", queue });
  const bring = async (from: string, text: string) => {
    const body = JSON.stringify({ id: randomUUID(), contact: { id: from, name: "Mei Lin" }, text });
    const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
    const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
    const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest("base64")}`;
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
    return (await fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/messages`, { method: "POST", headers, body })).status;
  };

  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Text filters", exact: true }).click();
  await expect(admin.getByText("Nothing is held back")).toBeVisible();
  await admin.getByRole("button", { name: "Add filter" }).click();
  const sheet = admin.getByRole("dialog", { name: "Add filter" });
  await sheet.getByLabel("Name", { exact: true }).fill("Fraud");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(sheet.getByText("It looks for nothing yet.")).toBeVisible();
  await sheet.getByLabel("Words", { exact: true }).fill("casino\n刷单");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(sheet).toBeHidden();

  // It is held back; the page says so by itself.
  expect(await bring("mei", "is the Casino Street shop open?")).toBe(202);
  expect(await bring("mallory", "兼職刷單")).toBe(202);
  const first = admin.getByRole("row", { name: /Casino Street/ });
  const second = admin.getByRole("row", { name: /兼職刷單/ });
  await expect(first).toBeVisible();
  await expect(second).toBeVisible();
  const found = await new AxeBuilder({ page: admin }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
  await admin.screenshot({ path: "e2e/shots/text-filters-held.png" });

  await first.getByRole("button", { name: "Let through" }).click();
  await expect(first).toBeHidden();
  await second.getByRole("button", { name: "Refuse" }).click();
  const refuse = admin.getByRole("dialog", { name: "Refuse this message?" });
  await refuse.getByRole("checkbox", { name: "Keep who wrote it out" }).check();
  await refuse.getByLabel("Why", { exact: true }).fill("advertising");
  await refuse.getByRole("button", { name: "Refuse", exact: true }).click();
  await expect(admin.getByText("Nothing is held back")).toBeVisible();
  expect(await bring("mallory", "hello")).toBe(409);

  await admin.getByRole("tab", { name: "Past" }).click();
  await expect(admin.getByRole("row", { name: /Casino Street/ }).getByText("nothing wrong")).toBeVisible();
  await expect(admin.getByRole("row", { name: /兼職刷單/ }).getByText("rightly found")).toBeVisible();
  await admin.getByRole("tab", { name: "Filters" }).click();
  await expect(admin.getByRole("row", { name: /Fraud/ })).toContainText("“casino” 1 Nothing wrong in 1");

  // How much one may write stands with the inbox, and what was turned away beside it.
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Text inboxes", exact: true }).click();
  await expect(admin.getByRole("row", { name: /Filtered bridge/ })).toContainText("held back by a filter: 2");
  await admin.getByRole("button", { name: "Filtered bridge" }).click();
  const inboxSheet = admin.getByRole("dialog", { name: "Edit Filtered bridge" });
  await inboxSheet.getByLabel("Messages of one contact at once").fill("1");
  await inboxSheet.getByLabel("Then so many in a minute").fill("1");
  await inboxSheet.getByRole("button", { name: "Save", exact: true }).click();
  await expect(inboxSheet).toBeHidden();
  expect([await bring("lin", "one"), await bring("lin", "two")]).toEqual([201, 429]);
});
