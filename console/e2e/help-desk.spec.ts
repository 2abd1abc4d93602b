import { apiOf } from "./api";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready and what is offered to whom is this file's own business.
test.use({ apart: "help-desk" });

test("a colleague asks the help desk of the house and is answered at the desk [S1.24]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("link", { name: "Help desk" }).click();
  await expect(admin.getByRole("heading", { name: "There is no help desk yet" })).toBeVisible();
  await admin.getByRole("link", { name: "Text inboxes" }).click();
  await admin.getByRole("button", { name: "Help desk for staff" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("IT");
  await sheet.getByLabel("Queue", { exact: true }).click();
  await admin.locator(".ant-select-item-option", { hasText: "support" }).last().click();
  await sheet.getByRole("button", { name: "Make" }).click();
  await expect(admin.getByRole("row", { name: /IT.*Help desk for staff/ })).toBeVisible();

  // Oskar takes no work; he asks, and it waits like anybody's.
  const anna = await agentReady(browser, centre, "Anna");
  const oskar = await signedIn(browser, centre, "Oskar");
  const entry = oskar.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: /^Help desk/ });
  await entry.click();
  await oskar.getByRole("list", { name: "Write to" }).getByRole("button", { name: "IT" }).click();
  const box = oskar.getByRole("textbox", { name: "Write to the help desk" });
  await box.fill("My screen is dark.");
  await box.press("Enter");
  const dialogue = oskar.getByRole("log", { name: "Dialogue" });
  await expect(dialogue).toContainText("My screen is dark.");
  await expect(oskar.getByRole("list", { name: "What you asked" }).getByRole("button")).toHaveCount(1);
  await oskar.screenshot({ path: "e2e/shots/help-desk-asked-en-light.png" });

  // Elsewhere meanwhile, he sees in the menu that an answer is there.
  await oskar.getByRole("link", { name: "About", exact: true }).click();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const answer = anna.getByRole("textbox", { name: "Write to them" });
  await answer.fill("Is it plugged in?");
  await answer.press("Enter");
  await expect(entry).toContainText("1");
  await entry.click();
  const asked = oskar.getByRole("list", { name: "What you asked" });
  await expect(asked.getByText("1 new")).toBeVisible();
  await asked.getByRole("button").click();
  await expect(dialogue).toContainText("is there for you.");
  await expect(dialogue).toContainText("Is it plugged in?");
  await expect(asked.getByText("1 new")).toHaveCount(0);
  await expect(entry).toHaveText("Help desk");
  await box.fill("It was not. Thank you!");
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "It was not." })).toBeVisible();
  await oskar.screenshot({ path: "e2e/shots/help-desk-en-light.png" });

  // Figures of the day do not know of it, unless somebody asks.
  const api = await apiOf(admin, centre);
  const from = Date.now() - 3_600_000;
  const rows = async (more: string) => (await api.get<unknown[]>(`reports/texts_handled/rows?from=${from}${more}`)).length;
  expect(await rows("")).toBe(0);
  expect(await rows("&internal=only")).toBe(1);
  for (const page of [admin, anna, oskar]) await page.context().close();
});
