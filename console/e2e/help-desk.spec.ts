import AxeBuilder from "@axe-core/playwright";
import { apiOf } from "./api";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready and what is offered to whom is this file's own business.
test.use({ apart: "help-desk" });

const PICTURE = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

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
  await oskar.locator(".help-say input[type=file]").setInputFiles([
    { name: "screen.gif", mimeType: "image/gif", buffer: PICTURE },
    { name: "tried.txt", mimeType: "text/plain", buffer: Buffer.from("the cable, the button") },
  ]);
  await expect(oskar.getByRole("button", { name: "Take tried.txt away" })).toBeVisible();
  const send = oskar.getByRole("button", { name: "Send", exact: true });
  await expect(send).toBeEnabled();
  await send.click();
  const dialogue = oskar.getByRole("log", { name: "Dialogue" });
  await expect(dialogue).toContainText("My screen is dark.");
  await expect(dialogue.getByRole("img", { name: "screen.gif" })).toBeVisible();
  const opened = oskar.waitForEvent("popup");
  await dialogue.getByRole("link", { name: /tried\.txt/ }).click();
  await (await opened).close();
  await expect(oskar.getByRole("list", { name: "What you asked" }).getByRole("button")).toHaveCount(1);
  await oskar.screenshot({ path: "e2e/shots/help-desk-asked-en-light.png" });

  // Elsewhere meanwhile, he sees in the menu that an answer is there.
  await oskar.getByRole("link", { name: "About", exact: true }).click();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const answer = anna.getByRole("textbox", { name: "Write to them" });
  await expect(anna.getByRole("img", { name: "screen.gif" })).toBeVisible();
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
  // Each sees that the other one writes. It is said now and then, so whoever has just written goes on.
  const oskarSees = oskar.getByRole("status").filter({ hasText: /^Anna.* is writing…$/ });
  await expect(async () => {
    await answer.fill("The plug");
    await answer.fill("The plug is beneath the table.");
    await expect(oskarSees).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await answer.press("Enter");
  await expect(dialogue).toContainText("The plug is beneath the table.");
  await expect(async () => {
    await box.fill("It was");
    await box.fill("It was not. Thank you!");
    await expect(anna.getByText("They are writing…")).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "It was not." })).toBeVisible();

  // The wallboard shows it to who wants to see it, also when the page is loaded anew.
  await admin.goto(`${centre.url}/wallboard`);
  const inHand = admin.getByRole("region", { name: "support" }).locator("div").filter({ hasText: /^\d+texts in hand$/ });
  await expect(inHand).toHaveText("0texts in hand");
  await admin.getByRole("combobox", { name: "Help desks of the house" }).click();
  await admin.locator(".ant-select-item-option", { hasText: "Help desks alone" }).click();
  await expect(inHand).toHaveText("1texts in hand");
  await admin.reload();
  await expect(inHand).toHaveText("1texts in hand");

  // Figures of the day do not know of it, unless somebody asks.
  const api = await apiOf(admin, centre);
  const from = Date.now() - 3_600_000;
  const rows = async (more: string) => (await api.get<unknown[]>(`reports/texts_handled/rows?from=${from}${more}`)).length;
  expect(await rows("")).toBe(0);
  expect(await rows("&internal=only")).toBe(1);

  // So does one's own day.
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(dialogue).toContainText("It was closed.");
  await anna.goto(`${centre.url}/desk`);
  const day = anna.locator(".card").filter({ has: anna.getByRole("heading", { name: "My day" }) });
  const handled = day.getByRole("row", { name: /^Texts handled/i });
  await expect(handled.getByRole("cell").first()).toHaveText("0");
  await day.getByRole("combobox", { name: "Help desks of the house" }).click();
  await anna.locator(".ant-select-item-option", { hasText: "Help desks alone" }).click();
  await expect(handled.getByRole("cell").first()).toHaveText("1");

  for (const [language, theme, mine] of [["en", "light", "What you asked"], ["zh", "dark", "我的提问"]] as const) {
    await oskar.setViewportSize({ width: 1366, height: 800 });
    await oskar.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await oskar.evaluate((language) => localStorage.setItem("ringdesk.language", language), language);
    await oskar.goto(`${centre.url}/help-desk`);
    await oskar.getByRole("list", { name: mine }).getByRole("button").click();
    await expect(oskar.getByRole("log").getByRole("img", { name: "screen.gif" })).toBeVisible();
    await oskar.screenshot({ path: `e2e/shots/help-desk-talk-${language}-${theme}.png` });
    const found = await new AxeBuilder({ page: oskar }).analyze();
    expect(found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    await oskar.setViewportSize({ width: 390, height: 844 });
    await oskar.screenshot({ path: `e2e/shots/help-desk-talk-${language}-${theme}-390.png`, fullPage: true });
    expect(await oskar.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), "fits 390 px").toBeLessThanOrEqual(0);
  }
  for (const page of [admin, anna, oskar]) await page.context().close();
});
