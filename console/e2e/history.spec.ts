import type { Locator, Page } from "@playwright/test";
import { apiOf } from "./api";
import { expect, signedIn, test } from "./test";

test.use({ apart: "history" });

/** Undo the newest change in the history that this button of a sheet, or of the page, opens. */
async function undoNewest(page: Page, within: Locator | Page, was: string): Promise<void> {
  await within.getByRole("button", { name: "History" }).click();
  const history = page.getByRole("dialog", { name: "History" });
  await expect(history.getByRole("listitem").first()).toContainText(was);
  await history.getByRole("button", { name: "Undo" }).first().click();
  await page.getByRole("tooltip").getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("It is as it was before.").first()).toBeVisible();
}

test("opening hours and fields of contacts go back to what they were [S12.9]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  const api = await apiOf(page, centre);
  const week = (from: string) => ({ zone: "Europe/Berlin", week: { monday: [{ from, to: "18:00" }] } });
  const made = await api.send<{ id: string }>("POST", "calendars", { name: "Office", calendar: week("09:00") });
  await api.send("PUT", `calendars/${made.id}`, { name: "Office of before", calendar: week("09:00"), replaces: 1 });
  await page.goto(`${centre.url}/hours`);
  await page.getByRole("button", { name: "Office of before" }).click();
  await undoNewest(page, page.getByRole("dialog").first(), "Office of before");
  await page.reload();
  await expect(page.getByRole("button", { name: "Office", exact: true })).toBeVisible();

  const field = await api.send<{ id: string }>("POST", "contact_fields", { name: "Shoe size", kind: "number" });
  await api.send("PUT", `contact_fields/${field.id}`, { name: "Size of shoes", kind: "number" });
  await page.goto(`${centre.url}/contacts`);
  await page.getByRole("button", { name: "Contact fields" }).click();
  await page.getByRole("button", { name: "Change Size of shoes" }).click();
  await undoNewest(page, page.getByRole("dialog", { name: "Contact fields" }), "Size of shoes");
  await page.reload();
  await page.getByRole("button", { name: "Contact fields" }).click();
  await expect(page.getByRole("button", { name: "Change Shoe size" })).toBeVisible();
  await page.context().close();
});

test("rules and what an inbox says by itself go back to what they were [S13.5, S13.6, S12.9]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  const api = await apiOf(page, centre);
  const support = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const rule = (name: string) => ({ name, when: { all: [] }, then: [{ queue: support }] });
  await api.send("PUT", "rules", { replaces: 0, rules: [rule("Everybody here")] });
  await api.send("PUT", "rules", { replaces: 1, rules: [rule("Everybody there")] });
  await page.goto(`${centre.url}/rules`);
  await expect(page.getByRole("button", { name: "Everybody there", exact: true })).toBeVisible();
  await undoNewest(page, page, "Everybody there");
  await page.reload();
  await expect(page.getByRole("button", { name: "Everybody here", exact: true })).toBeVisible();

  const inbox = (late: string) => ({ name: "Bridge with manners", queue: support, late_after: 120, late });
  const made = await api.send<{ id: string }>("POST", "text_inboxes", inbox("It takes a little longer."));
  await api.send("PUT", `text_inboxes/${made.id}`, inbox("Wait."));
  await page.goto(`${centre.url}/sites`);
  await page.getByRole("button", { name: "Bridge with manners" }).click();
  await undoNewest(page, page.getByRole("dialog").first(), "Wait.");
  await page.reload();
  await page.getByRole("button", { name: "Bridge with manners" }).click();
  await expect(page.getByLabel("Said then, once")).toHaveValue("It takes a little longer.");
  await page.context().close();
});

test("a quick phrase that was spoiled is put back [S2.6, S12.9]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  const api = await apiOf(page, centre);
  const shelf = await api.send<{ id: string }>("POST", "phrase_categories", { name: "Delivery", place: 0, queues: [], open: true });
  const phrase = (text: string) => ({ whose: "everybody", category: shelf.id, code: "late", title: "It is late", texts: { en: text } });
  const made = await api.send<{ id: string }>("POST", "quick_phrases", phrase("We are sorry."));
  await api.send("PUT", `quick_phrases/${made.id}`, { replaces: 1, to: phrase("Never mind.") });
  await page.goto(`${centre.url}/phrases`);
  await page.getByRole("button", { name: "/late" }).click();
  await undoNewest(page, page.getByRole("dialog").first(), "Never mind.");
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: `e2e/shots/quick-phrase-history-en-${theme}.png` });
  }
  await page.reload();
  await page.getByRole("button", { name: "/late" }).click();
  await expect(page.getByLabel("English")).toHaveValue("We are sorry.");
  await page.context().close();
});
