import type { Page } from "@playwright/test";
import { bridge } from "./bridge";
import { agentReady, expect, signedIn, test } from "./test";

// What is new to whom is this file's own business.
test.use({ apart: "colleagues" });

const button = (page: Page) => page.getByRole("button", { name: /^Colleagues/ });
const panel = (page: Page) => page.locator(".colleagues");
const box = (page: Page) => panel(page).getByRole("textbox", { name: "Write to colleagues" });
const line = (page: Page, text: string) => panel(page).locator(".colleagues-line").filter({ hasText: text });

test("two colleagues write to each other, and each sees what is new and what was read [S7.19]", async ({ browser, centre }) => {
  const anna = await signedIn(browser, centre, "Anna");
  const bernd = await signedIn(browser, centre, "Bernd");
  await expect(button(anna)).toBeVisible();
  await anna.keyboard.press("Alt+c");
  await expect(panel(anna).getByText("Nobody has written yet.")).toBeVisible();
  await panel(anna).getByRole("textbox", { name: "Find a room or a person" }).fill("bern");
  await panel(anna).getByRole("button", { name: /^Bernd/ }).click();
  const said = "<b>Who knows kettles?</b><script>document.title='x'</script>";
  await box(anna).fill(said);
  await box(anna).press("Enter");
  await expect(line(anna, said)).toBeVisible();

  await expect(button(bernd)).toHaveAccessibleName("Colleagues, 1 new");
  await button(bernd).click();
  await panel(bernd).getByRole("button", { name: /^Anna.*1 new/ }).click();
  await expect(line(bernd, said)).toBeVisible();
  await expect(button(bernd)).toHaveAccessibleName("Colleagues");
  await expect(line(anna, said).getByText("Read", { exact: true })).toBeVisible();
  await box(bernd).fill("I do.");
  await panel(bernd).getByRole("button", { name: "Send" }).click();
  await expect(line(anna, "I do.")).toBeVisible();
  await anna.screenshot({ path: "e2e/shots/colleagues-en-light.png" });

  // Taken back, it is gone for both.
  await line(bernd, "I do.").getByRole("button", { name: "Take back" }).click();
  await expect(line(anna, "Taken back")).toBeVisible();
  await expect(line(anna, "I do.")).toHaveCount(0);

  // On a telephone, in the dark, after the page was loaded anew.
  await bernd.setViewportSize({ width: 390, height: 844 });
  await bernd.emulateMedia({ colorScheme: "dark" });
  await bernd.reload();
  await button(bernd).click();
  await panel(bernd).getByRole("button", { name: /^Anna/ }).first().click();
  await expect(line(bernd, said)).toBeVisible();
  await bernd.screenshot({ path: "e2e/shots/colleagues-390-dark.png" });
  expect(await bernd.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await panel(bernd).getByRole("button", { name: "Close" }).click();
  await expect(panel(bernd)).toHaveCount(0);
  for (const page of [anna, bernd]) await page.context().close();
});

test("a room is asked about the conversation at hand, and who may see that is led to it [S7.19]", async ({ browser, centre }) => {
  const sofia = await signedIn(browser, centre, "Sofia");
  await button(sofia).click();
  await panel(sofia).getByRole("button", { name: "New room" }).click();
  await panel(sofia).getByRole("textbox", { name: "Name of the room" }).fill("Second line");
  await panel(sofia).getByRole("button", { name: /^Anna/ }).click();
  await panel(sofia).getByRole("button", { name: /^Bernd/ }).click();
  await panel(sofia).getByRole("button", { name: "Make the room" }).click();
  await expect(panel(sofia).getByText("Me made the room “Second line”")).toBeVisible();

  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  const anna = await agentReady(browser, centre, "Anna");
  await bring({ id: "asked-about", name: "Mei Lin" }, "My kettle leaks.");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await anna.getByRole("button", { name: "Ask a colleague about this" }).click();
  await panel(anna).getByRole("button", { name: /^Second line/ }).click();
  await expect(panel(anna).getByText("About the conversation you have open")).toBeVisible();
  await box(anna).fill("What do I tell them?");
  await box(anna).press("Enter");
  await expect(line(anna, "What do I tell them?").getByRole("link", { name: "Open the conversation" })).toBeVisible();
  await expect(panel(anna).getByText("About the conversation you have open")).toHaveCount(0);

  const bernd = await signedIn(browser, centre, "Bernd");
  await button(bernd).click();
  await panel(bernd).getByRole("button", { name: /^Second line/ }).click();
  await expect(line(bernd, "What do I tell them?").getByText("About a conversation that is not open to you")).toBeVisible();
  await line(sofia, "What do I tell them?").getByRole("link", { name: "Open the conversation" }).click();
  await expect(sofia).toHaveURL(/\/review\?c=/);
  await expect(sofia.getByText("My kettle leaks.").first()).toBeVisible();

  // Adam, who may do everything else, is in no room and sees none.
  await button(admin).click();
  await expect(panel(admin).getByText("Nobody has written yet.")).toBeVisible();

  await panel(bernd).getByRole("button", { name: "Who is in it" }).click();
  await panel(bernd).getByRole("button", { name: "Leave the room" }).click();
  await bernd.getByRole("tooltip").getByRole("button", { name: "Leave the room" }).click();
  await expect(panel(bernd).getByRole("button", { name: /^Second line/ })).toHaveCount(0);
  await expect(panel(sofia).getByText(/Bernd.* left/)).toBeVisible();
  for (const page of [anna, bernd, sofia, admin]) await page.context().close();
});
