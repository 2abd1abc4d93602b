import AxeBuilder from "@axe-core/playwright";
import { expect, signedIn, test } from "./test";

test("a code for closing by telephone is set, changed and taken away [S13.23]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Numbers" }).click();
  await expect(page.getByText("No code: nobody can")).toBeVisible();
  await page.getByRole("button", { name: "Set a code" }).click();
  const dialog = page.getByRole("dialog");
  const code = dialog.getByLabel("Code", { exact: true });
  await code.fill("4807");
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(dialog.locator(".ant-form-item-explain-error")).toBeVisible();
  await code.fill("123456");
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(dialog.getByText(/among the first that anybody would try/)).toBeVisible();
  await code.fill("480715");
  await dialog.getByRole("button", { name: "Keep" }).click();
  await expect(page.getByText("There is a code")).toBeVisible();
  await expect(page.getByText("closes for 12 h")).toBeVisible();
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: `e2e/shots/closing-code-en-${theme}.png` });
  }
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await page.getByRole("button", { name: "Remove the code" }).click();
  await page.locator(".ant-popover").getByRole("button", { name: "Remove the code" }).click();
  await expect(page.getByText("No code: nobody can")).toBeVisible();
  await page.context().close();
});
