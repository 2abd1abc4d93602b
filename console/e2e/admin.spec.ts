import { Caller } from "./caller";
import { firstSignIn } from "./own-password";
import { expect, signedIn, test, untoured } from "./test";

/** Rows: what an administrator needs for a number that takes calls, without a manual. */
test("a queue, a flow, a number and a user are made, and the number takes a call [S16.5]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const menu = admin.getByRole("navigation", { name: "Pages" });
  const sheet = admin.getByRole("dialog");
  const choose = async (field: string, option: string) => {
    await sheet.getByLabel(field, { exact: true }).click();
    await admin.locator(".ant-select-item-option", { hasText: option }).last().click();
  };

  await menu.getByRole("link", { name: "Queues" }).click();
  await admin.getByRole("button", { name: "Add queue" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("billing");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByRole("button", { name: "billing" })).toBeVisible();

  await menu.getByRole("link", { name: "Users" }).click();
  await admin.getByRole("button", { name: "Add user" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Berta Billing");
  await sheet.getByLabel("Login").fill("berta");
  await sheet.getByRole("textbox", { name: "Password" }).fill("a-long-one-42");
  await sheet.getByLabel("Extension").fill("2077");
  await choose("Works in", "billing");
  await admin.keyboard.press("Escape");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByText("Set up the telephone")).toBeVisible();
  await admin.getByRole("button", { name: "Noted" }).click();
  await expect(admin.getByRole("cell", { name: "berta", exact: true })).toBeVisible();

  await menu.getByRole("link", { name: "Flows" }).click();
  await admin.getByRole("button", { name: "Add flow" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Billing hotline");
  await choose("Queue", "billing");
  await sheet.getByRole("button", { name: "Add and publish" }).click();
  await expect(admin.getByRole("button", { name: "Billing hotline" })).toBeVisible();

  await menu.getByRole("link", { name: "Numbers" }).click();
  await admin.getByRole("button", { name: "Add number" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Billing");
  await sheet.getByLabel("Numbers", { exact: true }).fill("1077");
  await admin.keyboard.press("Enter");
  await choose("Answered by", "Billing hotline");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(admin.getByRole("cell", { name: "1077" })).toBeVisible();
  await admin.screenshot({ path: "e2e/shots/admin-numbers-en-light.png" });

  // The new user signs in, is ready, and the new number rings in their browser.
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  const desk = await context.newPage();
  await firstSignIn(desk, centre, "berta", "a-long-one-42", "chosen-alone-43");
  await desk.locator("[data-phone=ready]").waitFor();
  await desk.getByRole("button", { name: "Ready for calls" }).click();
  await desk.getByRole("button", { name: /^Presence: Ready/ }).waitFor();
  const caller = Caller.dial(centre, "1077");
  await desk.getByRole("alertdialog").locator(".press-answer").click();
  await desk.locator(".call-clock time").waitFor();

  // The administrator sees the talk on the floor, then closes the number: the next caller is told so.
  await menu.getByRole("link", { name: "Floor" }).click();
  const row = admin.getByRole("listitem").filter({ hasText: "Berta Billing" }).first();
  await expect(row.getByText("Talking")).toBeVisible();
  await desk.locator(".press-end").click();
  await caller.hungUp();
  await menu.getByRole("link", { name: "Numbers" }).click();
  const number = admin.getByRole("row").filter({ hasText: "1077" });
  await number.getByRole("button", { name: "Close now" }).click();
  await admin.getByRole("dialog").getByRole("button", { name: "Close now" }).click();
  await expect(number.getByText(/Closed until/)).toBeVisible();
  await expect(admin.getByText("One number is closed.")).toBeVisible();
  await number.getByRole("button", { name: "Open again" }).click();
  await expect(number.getByText("Open", { exact: true })).toBeVisible();

  // What was done stands in the books, and the chain holds.
  await menu.getByRole("link", { name: "Audit log" }).click();
  await expect(admin.getByText("inbox.close").first()).toBeVisible();
  await admin.getByRole("button", { name: "Check the chain" }).click();
  await expect(admin.getByText(/The chain holds/)).toBeVisible();
  await admin.context().close();
  await context.close();
});
