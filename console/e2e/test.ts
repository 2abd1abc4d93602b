import { test as base, type Browser, type Page } from "@playwright/test";
import { Centre } from "./centre";
import { withEars } from "./ears";

/** One centre for the tests of a file. */
export const test = base.extend<object, { centre: Centre }>({
  centre: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const centre = await Centre.start();
      await use(centre);
      await centre.stop();
    },
    { scope: "worker" },
  ],
});

export { expect } from "@playwright/test";

/** A page of somebody's own, signed in by one click. */
export async function signedIn(browser: Browser, centre: Centre, name: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  const page = await context.newPage();
  await withEars(page);
  await page.goto(centre.url);
  await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  await page.getByRole("navigation", { name: "Pages" }).or(page.getByRole("button", { name: "Menu" })).first().waitFor();
  return page;
}

/** An agent whose telephone is connected and who waits for calls. */
export async function agentReady(browser: Browser, centre: Centre, name: string): Promise<Page> {
  const page = await signedIn(browser, centre, name);
  await page.locator("[data-phone=ready]").waitFor();
  await page.getByRole("button", { name: "Ready for calls" }).click();
  await page.getByRole("button", { name: /^Presence: Ready/ }).waitFor();
  return page;
}
