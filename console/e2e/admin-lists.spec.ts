import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { firstSignIn } from "./own-password";
import { expect, signedIn, test, untoured } from "./test";
import { workbook } from "./workbook";

// Renames one of the people others look for.
test.use({ apart: "lists" });

const LOOKS = [
  { language: "en", theme: "light" },
  { language: "zh", theme: "dark" },
] as const;

/** As it is, without a reload: what is shown once must not be gone. */
async function shot(page: Page, name: string): Promise<void> {
  await expect(page.locator('[class*="motion"][class*="-active"]')).toHaveCount(0);
  await page.screenshot({ path: `e2e/shots/${name}.png` });
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), name).toEqual([]);
}

async function looksLike(page: Page, { language, theme }: (typeof LOOKS)[number]): Promise<void> {
  await page.evaluate(
    ([language, theme]) => {
      localStorage.setItem("ringdesk.language", language);
      localStorage.setItem("ringdesk.theme", theme);
    },
    [language, theme] as const,
  );
  await page.reload();
}

const TITLES = ["login", "name", "extension", "roles", "queues", "state", "E-mail", "Shoe size"];

/** Rows: users come from a spreadsheet. */
test("a list of users is tried, mended, brought in and signs in [S12.29]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Users" }).click();
  await admin.getByRole("button", { name: "Bring in a list" }).click();
  const sheet = admin.getByRole("dialog", { name: "Bring in a list of users" });
  await expect(sheet.getByText("Drop a file here")).toBeVisible();
  await shot(admin, "admin-list-choose-en-light");
  const template = admin.waitForEvent("download");
  await sheet.getByRole("button", { name: "Template to fill in" }).click();
  expect(readFileSync((await (await template).path()) ?? "", "utf8")).toContain("login,name,email,language,extension,roles,queues,state");

  const file = sheet.locator("input[type=file]");
  await file.setInputFiles({ name: "photo.xlsx", mimeType: "image/png", buffer: Buffer.from("\x89PNG\r\n\x1a\n") });
  await expect(sheet.getByText("The text is not UTF-8").or(sheet.getByText("This is neither CSV nor an Excel workbook"))).toBeVisible();
  await sheet.getByRole("button", { name: "Another file" }).click();

  const bad = workbook([
    TITLES,
    ["lists1", "Lisa Lists", 2091, "Agent", "Support:2; Sales", "active", "lisa@example.com", "38"],
    ["lists2", "Lars Lists", 2091, "Pilot", "Nowhere", "active", "", ""],
    ["agent1", "Anna Agent-Lists", "", "", "", "", "", ""],
  ]);
  await file.setInputFiles({ name: "people.xlsx", mimeType: "application/octet-stream", buffer: bad });
  await expect(sheet.getByText("1 row cannot be taken.", { exact: false })).toBeVisible();
  await expect(sheet.getByText("Nobody reads these columns: Shoe size", { exact: false })).toBeVisible();
  const row = (login: string) => sheet.getByRole("row").filter({ has: admin.getByRole("cell", { name: login, exact: true }) });
  await expect(row("lists2")).toContainText("There is no such role.");
  await expect(row("lists2")).toContainText("There is no such queue.");
  await expect(row("agent1")).toContainText("Anna Agent-Lists");
  await shot(admin, "admin-list-tried-en-light");
  await sheet.getByText(/^Cannot be taken 1$/).click();
  await expect(row("lists1")).toHaveCount(0);

  await sheet.getByRole("button", { name: "Bring in the 2 good rows" }).click();
  await expect(sheet.getByText("2 rows are brought in.")).toBeVisible();
  const password = await row("lists1").locator("code").first().textContent();
  await shot(admin, "admin-list-secrets-en-light");
  // What is shown once does not go by a slip of the hand.
  await admin.keyboard.press("Escape");
  await expect(sheet.getByText("Passwords, shown only now")).toBeVisible();
  const secrets = admin.waitForEvent("download");
  await sheet.getByRole("button", { name: "Save the passwords" }).click();
  expect(readFileSync((await (await secrets).path()) ?? "", "utf8")).toContain(`lists1,Lisa Lists,${password}`);
  await sheet.locator(".sheet-foot").getByRole("button", { name: "Close" }).click();
  await expect(admin.getByRole("cell", { name: "lists1", exact: true })).toBeVisible();
  const list = admin.waitForEvent("download");
  await admin.getByRole("button", { name: "Save as CSV" }).click();
  const text = readFileSync((await (await list).path()) ?? "", "utf8");
  expect(text).toMatch(/lists1,Lisa Lists,lisa@example.com,,2091,agent,[^\r]*support:2/);

  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  const lisa = await context.newPage();
  await firstSignIn(lisa, centre, "lists1", password ?? "", "chosen-alone-44");
  await lisa.locator("[data-phone=ready]").waitFor();
  await context.close();

  await looksLike(admin, LOOKS[1]);
  await admin.getByRole("button", { name: "批量导入" }).click();
  const drawer = admin.getByRole("dialog", { name: "批量导入用户" });
  await expect(drawer.getByText("把文件拖到这里", { exact: false })).toBeVisible();
  await shot(admin, "admin-list-choose-zh-dark");
  await drawer.locator("input[type=file]").setInputFiles({ name: "people.xlsx", mimeType: "application/octet-stream", buffer: bad });
  await expect(drawer.getByText("没有这个角色。")).toBeVisible();
  await shot(admin, "admin-list-tried-zh-dark");
  await admin.setViewportSize({ width: 390, height: 844 });
  await admin.screenshot({ path: "e2e/shots/admin-list-tried-zh-dark-390.png" });
  await admin.context().close();
});

/** Rows: a setting has a history, and a way back. */
test("a queue that was spoiled is put back, and what uses it is named [S12.9]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const menu = admin.getByRole("navigation", { name: "Pages" });
  await menu.getByRole("link", { name: "Queues" }).click();
  await admin.getByRole("button", { name: "Add queue" }).click();
  const sheet = admin.getByRole("dialog").first();
  await sheet.getByLabel("Name", { exact: true }).fill("History desk");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await admin.getByRole("button", { name: "History desk" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Spoiled desk");
  await sheet.getByRole("button", { name: "Save" }).click();
  await admin.getByRole("button", { name: "Spoiled desk" }).click();
  await sheet.getByRole("button", { name: "Used by" }).click();
  const used = admin.getByRole("dialog", { name: "Used by" });
  await expect(used.getByText("Nothing refers to it")).toBeVisible();
  await used.getByRole("button", { name: "Close" }).click();
  await sheet.getByRole("button", { name: "History" }).click();
  const history = admin.getByRole("dialog", { name: "History" });
  await expect(history.getByText("Spoiled desk")).toBeVisible();
  await expect(history.getByText("Adam", { exact: false }).first()).toBeVisible();
  await shot(admin, "admin-history-en-light");
  await history.getByRole("button", { name: "Undo" }).first().click();
  await admin.getByRole("tooltip").getByRole("button", { name: "Undo" }).click();
  await expect(admin.getByText("It is as it was before.").first()).toBeVisible();
  // The way back is a change, too.
  await expect(history.getByRole("listitem")).toHaveCount(3);
  await admin.reload();
  await expect(admin.getByRole("button", { name: "History desk" })).toBeVisible();

  await admin.getByRole("button", { name: "support", exact: true }).click();
  await admin.getByRole("dialog").first().getByRole("button", { name: "Used by" }).click();
  await expect(admin.getByRole("dialog", { name: "Used by" }).getByText("As long as these refer to it", { exact: false })).toBeVisible();
  await shot(admin, "admin-used-by-en-light");

  await admin.goto(`${centre.url}/audit`);
  await admin.getByText("Settings, with the way back").click();
  await expect(admin.getByText("History desk").first()).toBeVisible();
  await shot(admin, "admin-history-all-en-light");
  await looksLike(admin, LOOKS[1]);
  await admin.getByText("设置变更（可撤销）").click();
  await expect(admin.getByText("History desk").first()).toBeVisible();
  await shot(admin, "admin-history-all-zh-dark");
  await admin.setViewportSize({ width: 390, height: 844 });
  await admin.screenshot({ path: "e2e/shots/admin-history-all-zh-dark-390.png" });
  const overflow = await admin.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  await admin.context().close();
});

/** Rows: keys for programs. */
test("a program gets a key that does what it may, until it is ended [S12.6]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "API tokens" }).click();
  await expect(admin.getByText("No program has a key")).toBeVisible();
  await admin.getByRole("button", { name: "New token" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("What it is for").fill("Wall clock");
  await sheet.getByLabel("What it may do").fill("queues.read");
  await admin.locator(".ant-select-item-option", { hasText: "queues.read" }).first().click();
  await admin.keyboard.press("Escape");
  await sheet.getByRole("button", { name: "Make" }).click();
  const shown = admin.getByRole("dialog", { name: "The token, shown only now" });
  const token = ((await shown.locator("code").textContent()) ?? "").replace("Authorization: Bearer ", "").trim();
  await shot(admin, "admin-token-en-light");
  await shown.getByRole("button", { name: "Noted" }).click();
  const { account_id } = (await (await admin.request.get(`${centre.url}/api/v1/auth/me`)).json()) as { account_id: string };
  const ask = (what: string) => fetch(`${centre.url}/api/v1/accounts/${account_id}/${what}`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask("queues")).status).toBe(200);
  expect((await ask("users")).status).toBe(403);
  const row = admin.getByRole("row").filter({ hasText: "Wall clock" });
  await expect(row).toContainText("Valid");
  await admin.reload();
  await expect(row).not.toContainText("never");
  await row.getByRole("button", { name: "End it" }).click();
  await admin.getByRole("tooltip").getByRole("button", { name: "End it" }).click();
  await expect(admin.getByText("No program has a key")).toBeVisible();
  expect((await ask("queues")).status).toBe(401);
  await admin.context().close();
});
