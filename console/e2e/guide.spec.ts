import type { Page } from "@playwright/test";
import { Caller } from "./caller";
import { Centre } from "./centre";
import { firstSignIn } from "./own-password";
import { expect, test, untoured } from "./test";

const OF_ADMIN = "chosen-alone-41";
const OF_AGENT = "chosen-alone-42";

/** One of the guide's steps: its page is opened from there, and when the step is done the guide says so. */
async function step(page: Page, name: string, done: number, make: (sheet: ReturnType<Page["getByRole"]>) => Promise<void>): Promise<void> {
  const item = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
  await item.getByRole("link", { name: "Open" }).click();
  await make(page.getByRole("dialog"));
  await page.getByRole("link", { name: "First steps" }).click();
  await expect(page.getByText(`${done} of 7 done`)).toBeVisible();
  await expect(item.getByLabel("done")).toBeVisible();
}

/** No demo: what somebody does who has just installed it and follows the first steps, page by page. */
test("an empty account goes from its first sign-in to its first call [S16.14]", async ({ browser }) => {
  const centre = await Centre.start([], {}, true);
  try {
    const context = await browser.newContext({ permissions: ["microphone"], locale: "en-GB" });
    await untoured(context);
    const admin = await context.newPage();
    await firstSignIn(admin, centre, "admin", centre.firstPassword(), OF_ADMIN);
    await admin.getByRole("link", { name: "First steps" }).click();
    await expect(admin.getByText("0 of 7 done")).toBeVisible();
    await admin.screenshot({ path: "e2e/shots/guide-empty-en.png" });
    const choose = async (field: string, option: string) => {
      await admin.getByRole("dialog").getByLabel(field, { exact: true }).click();
      await admin.locator(".ant-select-item-option", { hasText: option }).last().click();
    };

    await step(admin, "Make a queue", 1, async (sheet) => {
      await admin.getByRole("button", { name: "Add queue" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("help");
      await sheet.getByRole("button", { name: "Add", exact: true }).click();
      await expect(admin.getByRole("button", { name: "help" })).toBeVisible();
    });
    const first = "given-at-first-1";
    await step(admin, "Add somebody who takes calls", 2, async (sheet) => {
      await admin.getByRole("button", { name: "Add user" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("Berta");
      await sheet.getByLabel("Login").fill("berta");
      await sheet.getByRole("textbox", { name: "Password" }).fill(first);
      await sheet.getByLabel("Extension").fill("2001");
      await choose("Works in", "help");
      await admin.keyboard.press("Escape");
      await sheet.getByRole("button", { name: "Add", exact: true }).click();
      await admin.getByRole("button", { name: "Noted" }).click();
      await expect(admin.getByRole("cell", { name: "berta", exact: true })).toBeVisible();
    });
    await step(admin, "Say what callers meet", 3, async (sheet) => {
      await admin.getByRole("button", { name: "Add flow" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("Hotline");
      await choose("Queue", "help");
      await sheet.getByRole("button", { name: "Add and publish" }).click();
      await expect(admin.getByRole("button", { name: "Hotline" })).toBeVisible();
    });
    await step(admin, "Give it a number", 4, async (sheet) => {
      await admin.getByRole("button", { name: "Add number" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("Hotline");
      await sheet.getByLabel("Numbers", { exact: true }).fill("1000");
      await admin.keyboard.press("Enter");
      await choose("Answered by", "Hotline");
      await sheet.getByRole("button", { name: "Add", exact: true }).click();
      await expect(admin.getByRole("cell", { name: "1000" })).toBeVisible();
    });
    await step(admin, "Connect to the telephone network", 5, async (sheet) => {
      await admin.getByRole("button", { name: "Add trunk" }).first().click();
      await sheet.getByLabel("Name", { exact: true }).fill("operator");
      await sheet.getByLabel("Calls come from").fill("127.0.0.0/8");
      await admin.keyboard.press("Enter");
      await sheet.getByRole("button", { name: "Add", exact: true }).click();
      await expect(admin.getByRole("cell", { name: "operator" })).toBeVisible();
    });

    const desks = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
    await untoured(desks);
    const berta = await desks.newPage();
    await firstSignIn(berta, centre, "berta", first, OF_AGENT);
    await berta.locator("[data-phone=ready]").waitFor();
    await berta.getByRole("button", { name: "Ready for calls" }).click();
    await berta.getByRole("button", { name: /^Presence: Ready/ }).waitFor();
    await expect(admin.getByText("6 of 7 done")).toBeVisible();
    const caller = Caller.dial(centre, "1000");
    await berta.getByRole("alertdialog").locator(".press-answer").click();
    await berta.locator(".call-clock time").waitFor();
    await berta.locator(".press-end").click();
    await caller.hungUp();
    await admin.reload();
    await expect(admin.getByText("Your centre takes calls.")).toBeVisible();
    await admin.screenshot({ path: "e2e/shots/guide-done-en.png" });
    await desks.close();
    await context.close();
  } finally {
    await centre.stop();
  }
});
