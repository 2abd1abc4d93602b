import { expect, test as base, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { Centre } from "./centre";
import { withEars } from "./ears";

/** One centre for all files, but for a file that counts what a day brings: it names itself `apart` and has one of its own. */
export const test = base.extend<object, { apart: string; centre: Centre }>({
  apart: ["", { option: true, scope: "worker" }],
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

/** Nobody is shown round unasked: the tour has tests of its own. */
export const untoured = (context: BrowserContext) => context.addInitScript(() => localStorage.setItem("ringdesk.tours", "off"));

/** A page of somebody's own, signed in by one click. */
export async function signedIn(browser: Browser, centre: Centre, name: string): Promise<Page> {
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  const page = await context.newPage();
  await withEars(page);
  await page.goto(centre.url);
  await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  await page.getByRole("navigation", { name: "Pages" }).or(page.getByRole("button", { name: "Menu" })).first().waitFor();
  return page;
}

/** Leaves behind whatever an earlier test of the same centre left: a presence of ready, a wrap-up that still counts down. */
async function onBreak(page: Page, centre: Centre): Promise<void> {
  const { account_id } = (await (await page.request.get(`${centre.url}/api/v1/auth/me`)).json()) as { account_id: string };
  const headers = { "x-ringdesk": "console" };
  const data = { state: "not_ready", reason: "break" };
  const answer = await page.request.put(`${centre.url}/api/v1/accounts/${account_id}/presence`, { headers, data });
  expect(answer.status(), await answer.text()).toBe(200);
}

/** An agent whose telephone is connected and who waits for calls. */
export async function agentReady(browser: Browser, centre: Centre, name: string): Promise<Page> {
  const page = await signedIn(browser, centre, name);
  await onBreak(page, centre);
  await page.locator("[data-phone=ready]").waitFor();
  await page.getByRole("button", { name: "Ready for calls" }).click();
  await page.getByRole("button", { name: /^Presence: Ready/ }).waitFor();
  return page;
}
