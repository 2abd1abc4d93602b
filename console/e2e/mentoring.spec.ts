import { bridge } from "./bridge";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready and what is offered to whom is this file's own business.
test.use({ apart: "mentoring" });

test("a mentor reads along, suggests on the side, and it ends at once [S7.18]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  const anna = await agentReady(browser, centre, "Anna");
  const bernd = await signedIn(browser, centre, "Bernd");
  await bernd.getByRole("link", { name: "Mentoring" }).click();
  await expect(bernd.getByRole("heading", { name: "You mentor nobody now" })).toBeVisible();

  const sofia = await signedIn(browser, centre, "Sofia");
  await sofia.getByRole("link", { name: "Mentoring" }).click();
  await sofia.getByRole("button", { name: "Attach a mentor" }).click();
  const sheet = sofia.getByRole("dialog");
  for (const [label, name] of [[/Mentor$/, /^Bernd/], [/New agent$/, /^Anna/]] as const) {
    await sheet.getByRole("combobox", { name: label }).click();
    const open = sofia.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden)");
    await open.locator(".ant-select-item-option", { hasText: name }).click();
    await expect(open).toHaveCount(0);
  }
  await sheet.getByRole("button", { name: "Attach a mentor" }).click();
  await expect(sofia.getByRole("row", { name: /Bernd.*Anna/ })).toContainText("Until ended");
  await sofia.screenshot({ path: "e2e/shots/mentors-en-light.png" });

  // Both know of it, and the mentor reads what is said as it is said.
  await expect(anna.getByText(/Bernd.* mentors you/)).toBeVisible();
  const talks = bernd.getByRole("list", { name: /^Talks in hand: Anna/ });
  await expect(talks).toContainText("Nothing is in hand just now");
  await bring({ id: "mentored-visitor", name: "Mei Lin" }, "My kettle leaks.");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const box = anna.getByRole("textbox", { name: "Write to them" });
  await expect(box).toBeVisible();
  await talks.getByRole("button").click();
  const dialogue = bernd.getByRole("log", { name: "Dialogue" });
  await expect(dialogue).toContainText("My kettle leaks.");
  await bring({ id: "mentored-visitor", name: "Mei Lin" }, "Since yesterday.");
  await expect(dialogue).toContainText("Since yesterday.");

  // A suggestion comes beside the box, is taken by one key, and the mentor sees it.
  const suggest = bernd.getByRole("textbox", { name: "Suggest something" });
  await suggest.fill("Ask for the year of purchase.");
  await suggest.press("Enter");
  const mine = bernd.getByRole("list", { name: "Your suggestions" });
  await expect(mine.getByRole("listitem")).toContainText("not looked at yet");
  const side = anna.getByRole("list", { name: "Suggestions of your mentor" });
  await expect(side).toContainText("Ask for the year of purchase.");
  await anna.screenshot({ path: "e2e/shots/desk-suggestion-en-light.png" });
  await box.press("Alt+s");
  await expect(box).toHaveValue("Ask for the year of purchase.");
  await expect(side.getByRole("listitem")).toHaveCount(0);
  await expect(mine.getByRole("listitem")).toContainText("taken");
  await expect(anna.locator(".line").filter({ hasText: "year of purchase" })).toHaveCount(0);
  await box.fill("When did you buy it?");
  await box.press("Enter");
  await expect(dialogue).toContainText("When did you buy it?");
  await bernd.screenshot({ path: "e2e/shots/mentoring-en-light.png" });

  // Ended, nothing of it is there any more.
  await sofia.getByRole("button", { name: /^End: Bernd/ }).click();
  await sofia.getByRole("tooltip").getByRole("button", { name: "End" }).click();
  await expect(sofia.getByRole("heading", { name: "Nobody is mentored" })).toBeVisible();
  await expect(bernd.getByRole("heading", { name: "You mentor nobody now" })).toBeVisible();
  await expect(dialogue).toHaveCount(0);
  await expect(anna.getByText(/Bernd.* mentors you/)).toHaveCount(0);
  for (const page of [anna, bernd, sofia, admin]) await page.context().close();
});
