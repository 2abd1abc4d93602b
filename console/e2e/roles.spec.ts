import { expect, signedIn, test } from "./test";

/** Who sees what in the menu; and a page of somebody else's that they may not. */
const MENUS: [name: string, entries: string[], closed: string][] = [
  ["Anna", ["Desk", "Contacts", "Tickets", "Quick phrases", "Help desk", "Mentoring", "About"], "/users"],
  ["Sofia", ["Contacts", "Tickets", "Quick phrases", "Help desk", "Mentoring", "Floor", "Wallboard", "Alerts", "Review", "Reports", "Satisfaction", "Channels", "Numbers", "Flows", "Prompts", "Text filters", "About"], "/users"],
  ["Rita", ["Contacts", "Help desk", "Mentoring", "Floor", "Wallboard", "Review", "Reports", "Satisfaction", "About"], "/queues"],
  ["Oskar", ["Help desk", "About"], "/review"],
  ["Adam", ["Contacts", "Tickets", "Quick phrases", "Help desk", "Mentoring", "Floor", "Wallboard", "Alerts", "Review", "Reports", "Satisfaction", "First steps", "Go live", "Users", "Queues", "Opening hours", "Channels", "Numbers", "Text inboxes", "Flows", "Prompts", "Trunks", "Shared files", "Rules", "Text filters", "Ticket types", "Tags", "Segments", "Dispositions", "Notices", "API tokens", "Audit log", "About"], "/limits"],
];

for (const [name, entries, closed] of MENUS) {
  test(`${name} sees what their role may and nothing else [S12.6]`, async ({ browser, centre }) => {
    const page = await signedIn(browser, centre, name);
    const menu = page.getByRole("navigation", { name: "Pages" });
    await expect(menu.getByRole("link")).toHaveText(entries);
    await page.goto(`${centre.url}${closed}`);
    await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
    await page.getByRole("button", { name: /^Your account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await page.context().close();
  });
}

test("language and theme are remembered [S16.4]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("button", { name: "Language" }).click();
  await expect(page.getByRole("button", { name: "外观" })).toBeVisible();
  await page.getByRole("button", { name: "外观" }).click();
  await page.getByRole("menuitem", { name: "深色" }).click();
  await page.reload();
  await expect(page.getByRole("navigation", { name: "页面" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.style.colorScheme)).toBe("dark");
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
  // The language goes with the person: others sign in as Adam after this.
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/auth/me/preferences"));
  await page.getByRole("button", { name: "语言" }).click();
  await kept;
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await page.context().close();
});
