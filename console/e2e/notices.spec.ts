import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

// What the house says, and what somebody was told, is this file's own business.
test.use({ apart: "notices" });

async function sound(page: Page): Promise<void> {
  // What is still fading in is not as it will be seen.
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== "running" || one.effect?.getComputedTiming().endTime === Infinity));
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
}

test("a note comes in the house's words by the channel one has chosen, and by no other [S13.16]", async ({ browser, centre }) => {
  test.slow();
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Notices", exact: true }).click();
  await admin.getByRole("button", { name: "Edit the text: Note from a supervisor" }).click();
  const sheet = admin.getByRole("dialog", { name: "Edit the text: Note from a supervisor" });
  await sheet.getByLabel("English", { exact: true }).fill("{nobody} says");
  await expect(sheet.getByText(/knows no nobody/)).toBeVisible();
  await sheet.getByLabel("English", { exact: true }).fill("{who} whispers: {text}");
  await expect(sheet.getByText(/Lee whispers: …/)).toBeVisible();
  await sound(admin);
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await expect(sheet).toBeHidden();
  await expect(admin.getByText("own words")).toBeVisible();
  await admin.screenshot({ path: "e2e/shots/notice-setup-en-light.png" });

  // Anna wants it in the list alone; she finds the page in her menu, also on a telephone.
  const anna = await signedIn(browser, centre, "Anna");
  await anna.setViewportSize({ width: 390, height: 844 });
  await anna.getByRole("button", { name: /^Your account/ }).click();
  await anna.getByRole("menuitem", { name: "My notices" }).click();
  const matrix = anna.getByRole("table", { name: "What comes how" });
  const box = (name: string) => matrix.getByRole("checkbox", { name: `Note from a supervisor: ${name}`, exact: true });
  await expect(box("List")).toBeChecked();
  for (const name of ["Sound", "Pop-up"]) {
    const kept = anna.waitForResponse((answer) => answer.url().endsWith("/notice_choices") && answer.request().method() === "PUT");
    await box(name).focus();
    await anna.keyboard.press("Space");
    expect((await kept).status()).toBe(204);
    await expect(box(name)).not.toBeChecked();
  }
  await expect(anna.getByRole("button", { name: "As the house has it: Note from a supervisor" })).toBeVisible();
  expect(await anna.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  await sound(anna);
  await anna.screenshot({ path: "e2e/shots/my-notices-en-light-390.png" });
  await anna.setViewportSize({ width: 1366, height: 800 });

  const api = await apiOf(admin, centre);
  const people = await api.get<{ login: string; agent?: string | null }[]>("users");
  const agent = people.find(({ login }) => login === "agent1")?.agent;
  expect(agent).toBeTruthy();
  await api.send("POST", `agents/${agent}/side_note`, { text: "offer a refund" });
  const bell = anna.getByRole("button", { name: "Notices, 1 new" });
  await expect(bell).toBeVisible();
  await expect(anna.locator(".ant-notification-notice")).toHaveCount(0);
  await bell.click();
  const list = anna.getByRole("dialog", { name: "Notices" });
  await expect(list.getByText(/whispers: offer a refund/)).toBeVisible();
  await sound(anna);
  await anna.screenshot({ path: "e2e/shots/notices-list-en-light.png" });
  await anna.keyboard.press("Escape");
  await expect(anna.getByRole("button", { name: "Notices", exact: true })).toBeVisible();

  // As the house has it, it pops up as well.
  await anna.getByRole("button", { name: "As the house has it: Note from a supervisor" }).click();
  await expect(box("Pop-up")).toBeChecked();
  await api.send("POST", `agents/${agent}/side_note`, { text: "well done" });
  await expect(anna.locator(".ant-notification-notice").getByText(/whispers: well done/)).toBeVisible();
  await anna.context().close();
  await admin.context().close();
});
