import { Caller } from "./caller";
import { agentReady, expect, signedIn, test } from "./test";

test("a supervisor is warned of who waits too long, and says what they do about it [S16.3]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Sofia");
  const menu = page.getByRole("navigation", { name: "Pages" });
  await menu.getByRole("link", { name: "Alerts" }).click();
  await page.getByRole("button", { name: "Add rule" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("Callers wait");
  await sheet.getByLabel("Threshold").fill("3");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("row").filter({ hasText: "Callers wait" })).toContainText("Longest wait (s)");

  // Somebody talks, so that the next caller waits.
  const anna = await agentReady(browser, centre, "Anna");
  const first = Caller.dial(centre, "1001", { hz: 440 });
  await anna.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await anna.locator(".call-clock time").waitFor();
  const second = Caller.dial(centre, "1001", { hz: 500, from: "015112345679" });
  await menu.getByRole("link", { name: "Floor" }).click();
  const warned = page.getByRole("listitem").filter({ hasText: "Callers wait" });
  await expect(warned).toBeVisible({ timeout: 60_000 });
  await page.screenshot({ path: "e2e/shots/floor-alert-en-light.png" });
  await warned.getByRole("button", { name: "See to it" }).click();
  await page.getByRole("dialog").getByLabel("What do you do about it?").fill("Bernd comes back from lunch.");
  await page.getByRole("dialog").getByRole("button", { name: "See to it" }).click();
  await expect(warned).toHaveCount(0);

  second.stop();
  await anna.locator(".press-end").click();
  await first.hungUp();
  await anna.context().close();
  await page.context().close();
});
