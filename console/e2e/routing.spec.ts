import { expect, signedIn, test } from "./test";

/** Rows: who is asked is said at the queue and at the user, without a manual. */
test("how a queue's work finds its agents is said, and what an agent can [S7.1, S7.5, S7.22]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const menu = admin.getByRole("navigation", { name: "Pages" });
  const sheet = admin.getByRole("dialog");
  await menu.getByRole("link", { name: "Queues" }).click();
  await admin.getByRole("button", { name: "Add queue" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Routing desk");
  await sheet.getByRole("button", { name: "Who is asked, skills, overflow" }).click();
  await sheet.getByLabel("Among agents of one level, work goes to").click();
  await admin.locator(".ant-select-item-option", { hasText: "all at once" }).click();
  await sheet.getByPlaceholder("billing, language:zh …").fill("billing");
  await sheet.getByRole("button", { name: "Add skill" }).click();
  await sheet.getByLabel("Level: billing").fill("3");
  await sheet.getByRole("button", { name: "Add step" }).click();
  await sheet.getByRole("button", { name: "Add rule" }).click();
  await sheet.getByRole("button", { name: "Add", exact: true }).click();

  // It was kept, rule by rule.
  await admin.getByRole("button", { name: "Routing desk" }).click();
  await sheet.getByRole("button", { name: "Who is asked, skills, overflow" }).click();
  await expect(sheet.getByText("all at once: the first who takes it")).toBeVisible();
  await expect(sheet.getByLabel("Level: billing")).toHaveValue("3");
  await expect(sheet.getByText("no skill is needed")).toBeVisible();
  await expect(sheet.getByText("back to the flow (message, voicemail …)")).toBeVisible();
  await admin.screenshot({ path: "e2e/shots/queue-routing-en-light.png" });
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await expect(sheet).toBeHidden();

  await menu.getByRole("link", { name: "Users" }).click();
  await admin.getByRole("button", { name: "Bernd Agent" }).click();
  await sheet.getByRole("button", { name: "Skills, and how much at once" }).click();
  await sheet.getByPlaceholder("billing, language:zh …").fill("routing");
  await sheet.getByRole("button", { name: "Add skill" }).click();
  await sheet.getByRole("button", { name: "Save skills" }).click();
  await expect(admin.getByText("Saved. Work finds them by it from now on.")).toBeVisible();
  // Others need Bernd as he was.
  await sheet.getByRole("button", { name: "Remove: routing" }).click();
  await sheet.getByRole("button", { name: "Save skills" }).click();
  await expect(sheet.getByRole("button", { name: "Remove: routing" })).toBeHidden();
});

/** Rows: when callers who keep their place are called, and whose telephone rings first, is said at the queue. */
test("callbacks of a queue keep to opening hours and may ring the caller first [V7]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const menu = admin.getByRole("navigation", { name: "Pages" });
  const sheet = admin.getByRole("dialog");
  await menu.getByRole("link", { name: "Queues" }).click();
  await admin.getByRole("button", { name: "Add queue" }).click();
  await sheet.getByLabel("Name", { exact: true }).fill("Called back");
  await sheet.getByRole("button", { name: "While callers wait" }).click();
  await sheet.getByLabel("Offer a callback after").fill("60");
  await sheet.getByText("ring the caller, then an agent").click();
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(sheet).toBeHidden();

  await admin.getByRole("button", { name: "Called back" }).click();
  await sheet.getByRole("button", { name: "While callers wait" }).click();
  await expect(sheet.getByLabel("Offer a callback after")).toHaveValue("60");
  await expect(sheet.getByRole("radio", { name: "ring the caller, then an agent" })).toBeChecked();
  await expect(sheet.getByText("Call back during")).toBeVisible();
  await sheet.getByRole("button", { name: "Cancel" }).click();
  await expect(sheet).toBeHidden();
});
