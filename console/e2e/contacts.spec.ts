import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, signedIn, test } from "./test";

/** `part`: what is looked at, where the rest lies in the shade of it. */
async function shot(page: Page, name: string, part = "body"): Promise<void> {
  await page.screenshot({ path: `e2e/shots/${name}.png` });
  const found = await new AxeBuilder({ page }).include(part).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`), name).toEqual([]);
}

/** Rows: two files of one person are found, merged and taken apart; a block is seen in the list. */
test("a contact is made, found by pinyin, merged, taken apart and blocked [S9.6]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  const menu = page.getByRole("navigation", { name: "Pages" });
  await menu.getByRole("link", { name: "Contacts" }).click();
  await page.getByRole("button", { name: "Contact fields" }).click();
  const fields = page.getByRole("dialog", { name: "Contact fields" });
  await fields.getByLabel("Name", { exact: true }).fill("Order");
  await fields.getByRole("button", { name: "New field" }).click();
  await expect(fields.getByRole("button", { name: "Change Order" })).toBeVisible();
  await shot(page, "contacts-fields-en-light", "[role=dialog]");
  await fields.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Blocked callers" }).click();
  const answer = page.getByRole("dialog", { name: "Blocked callers" });
  await answer.getByLabel("They are told something").check();
  await answer.getByLabel("What they are told").fill("You cannot be put through.");
  await answer.getByRole("button", { name: "Save" }).click();
  await expect(answer).toBeHidden();
  for (const name of ["张伟", "張偉"]) {
    await menu.getByRole("link", { name: "Contacts" }).click();
    await page.getByRole("button", { name: "New contact" }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  }
  await page.getByLabel("Order", { exact: true }).fill("A-4711");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByLabel("Number or address").fill("13800138000");
  await page.getByLabel("I made sure that it is theirs").check();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByText("By staff")).toBeVisible();
  await expect(page.getByText("same name")).toBeVisible();
  await shot(page, "contacts-file-en-light");

  await page.getByRole("button", { name: "Merge into this file" }).click();
  await page.getByRole("tooltip").getByRole("button", { name: "Merge into this file" }).click();
  await expect(page.getByRole("heading", { name: "Merged into this file" })).toBeVisible();
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(page.getByText("Undone").first()).toBeVisible();
  await expect(page.getByText("same name")).toBeVisible();

  await page.getByLabel("Reason").fill("abuse on the telephone");
  await page.getByRole("button", { name: "Block", exact: true }).click();
  await expect(page.getByText("Blocked: abuse on the telephone")).toBeVisible();
  await page.getByRole("button", { name: "All contacts" }).click();
  await page.getByRole("searchbox", { name: "Name, number or e-mail" }).fill("zhangw");
  await page.getByRole("searchbox", { name: "Name, number or e-mail" }).press("Enter");
  await expect(page.getByRole("link", { name: /张伟|張偉/ })).toHaveCount(2);
  await page.getByRole("switch", { name: "Blocked only" }).click();
  await expect(page.getByRole("link", { name: /张伟|張偉/ })).toHaveCount(1);
  await shot(page, "contacts-en-light");
  await page.context().close();
});

/** Rows: a calendar with imported holidays, and what it says before it is kept. */
test("a calendar is filled from a file and says when it is open [S13.9]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Opening hours" }).click();
  await expect(page.getByText("No opening hours yet")).toBeVisible();
  await page.getByRole("button", { name: "New calendar" }).click();
  const sheet = page.getByRole("dialog", { name: "New calendar" });
  await sheet.getByLabel("Name", { exact: true }).first().fill("Office");
  await sheet.getByLabel("Monday").fill("18:00-09:00");
  await expect(sheet.getByText("Like 09:00-18:00, in order and without overlap")).toBeVisible();
  for (const day of ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]) await sheet.getByLabel(day, { exact: true }).fill("00:00-24:00");
  await expect(sheet.getByText("never closes")).toBeVisible();
  const file = "date,kind,name\n2030-10-01..2030-10-02,off,国庆节\n2030-10-12,work,国庆节";
  await sheet.locator("input[type=file]").setInputFiles({ name: "2030.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await expect(sheet.getByText("2030-10-12")).toBeVisible();
  await expect(sheet.getByText("open as on Monday").first()).toBeVisible();
  await shot(page, "hours-edit-en-light", "[role=dialog]");
  await sheet.getByRole("button", { name: "Make it" }).click();
  const row = page.getByRole("row", { name: /Office/ });
  await expect(row.getByText("Open", { exact: true })).toBeVisible();
  await shot(page, "hours-en-light");
  await page.context().close();
});
