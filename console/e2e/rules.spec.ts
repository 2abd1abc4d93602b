import AxeBuilder from "@axe-core/playwright";
import { expect, signedIn, test } from "./test";

test.use({ apart: "rules" });

/** What decides stands above what it decides over, and the page says so. */
test("rules are written, put in order, switched off and tried on the past [S13.5, S7.7]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Rules", exact: true }).click();
  await expect(page.getByText("No rules yet")).toBeVisible();

  const make = async (name: string, queue: string, word?: string) => {
    await page.getByRole("button", { name: "New rule" }).click();
    const sheet = page.getByRole("dialog", { name: "New rule" });
    await sheet.getByLabel("Rule", { exact: true }).fill(name);
    if (word) {
      await sheet.getByRole("button", { name: "Add a condition" }).click();
      await sheet.getByLabel("Values").fill(word);
      await sheet.getByLabel("Values").press("Enter");
    }
    await sheet.getByLabel("Queue", { exact: true }).fill(queue);
    await sheet.getByLabel("Queue", { exact: true }).press("Enter");
    await sheet.getByRole("button", { name: "Make it" }).click();
    await expect(sheet).toBeHidden();
    await expect(page.getByRole("button", { name, exact: true })).toBeVisible();
  };
  await make("Refunds first", "sales", "refund");
  await make("Everybody", "support");
  await expect(page.getByText("Text or speech says one of: refund")).toBeVisible();
  await expect(page.getByText("Queue: “Refunds first” goes first where both hold")).toBeVisible();

  await page.getByRole("button", { name: "Move Everybody up" }).click();
  await expect(page.getByText("Queue: “Everybody” goes first where both hold")).toBeVisible();
  await page.getByRole("switch", { name: "Follow Everybody" }).click();
  await expect(page.getByText("Queue: “Everybody” goes first where both hold")).toBeHidden();
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);

  await page.getByRole("button", { name: "Try on the past" }).click();
  const trial = page.getByRole("dialog", { name: "What these rules would have done" });
  await trial.getByRole("button", { name: "Try", exact: true }).click();
  await expect(trial.getByText(/looked at|No conversation in these days/)).toBeVisible();
  await trial.getByRole("button", { name: "Cancel" }).click();

  // It opens as it was written.
  await page.getByRole("button", { name: "Refunds first", exact: true }).click();
  const sheet = page.getByRole("dialog", { name: "Rule Refunds first" });
  await expect(sheet.getByText("refund", { exact: true })).toBeVisible();
  await sheet.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(sheet).toBeHidden();
  await expect(page.getByRole("button", { name: "Refunds first", exact: true })).toBeHidden();
  await page.context().close();
});
