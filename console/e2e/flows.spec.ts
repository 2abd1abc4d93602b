import AxeBuilder from "@axe-core/playwright";
import { expect, signedIn, test } from "./test";

test("a flow's versions are listed, compared, and one is published again [S16.5]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Flows" }).click();
  await page.getByRole("button", { name: "Add flow" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("Summer hotline");
  await sheet.getByLabel("Queue", { exact: true }).click();
  await page.locator(".ant-select-item-option", { hasText: "support" }).last().click();
  await sheet.getByRole("button", { name: "Add and publish" }).click();
  const row = page.getByRole("row").filter({ hasText: "Summer hotline" });
  await row.getByRole("button", { name: "Summer hotline" }).click();
  const text = sheet.getByLabel(/Steps, as JSON/);
  const first = await text.inputValue();
  await text.fill(first.replace("We connect you at once.", "It is summer here."));
  await sheet.getByRole("button", { name: "Publish", exact: true }).click();
  await expect(row.getByRole("cell", { name: "2", exact: true })).toBeVisible();

  await row.getByRole("button", { name: "Summer hotline" }).click();
  await sheet.getByText("Versions", { exact: true }).click();
  const versions = sheet.getByRole("list", { name: "Versions" }).locator("> li");
  await expect(versions).toHaveCount(2);
  await expect(versions.first()).toContainText("Version 2");
  await expect(versions.first()).toContainText("callers meet it");
  await expect(versions.first()).toContainText("Adam Admin");
  await sheet.getByRole("button", { name: "Look: Version 2" }).click();
  const changes = sheet.locator("pre");
  await expect(changes).toContainText(/− .*We connect you at once\./);
  await expect(changes).toContainText(/\+ .*It is summer here\./);
  await expect(changes).toContainText(/lines alike/);
  await sheet.getByText("All of it").click();
  await expect(changes).not.toContainText("We connect you at once.");
  await sheet.getByRole("button", { name: "Publish again: Version 1" }).click();
  await page.locator(".ant-popover").getByRole("button", { name: "Publish again" }).click();
  await expect(row.getByRole("cell", { name: "3", exact: true })).toBeVisible();
  await page.reload();
  await row.getByRole("button", { name: "Summer hotline" }).click();
  expect(await text.inputValue()).toBe(first);
  await sheet.getByText("Versions", { exact: true }).click();
  await sheet.getByRole("button", { name: "Look: Version 2" }).click();
  await expect(changes).toContainText(/lines alike/);
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: `e2e/shots/flow-versions-en-${theme}.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `e2e/shots/flow-versions-en-${theme}-390.png` });
    await page.setViewportSize({ width: 1366, height: 800 });
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  }
  await page.context().close();
});
