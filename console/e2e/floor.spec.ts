import type { Browser, Page } from "@playwright/test";
import { Caller } from "./caller";
import type { Centre } from "./centre";
import { hears, withEars } from "./ears";
import { firstSignIn } from "./own-password";
import { agentReady, expect, signedIn, test, untoured } from "./test";

test.use({ apart: "floor" });

const LENA = { login: "lena", name: "Lena Leader", password: "a-long-one-43" };

/** A supervisor with a telephone of her own, who takes no calls. */
async function lena(browser: Browser, centre: Centre): Promise<Page> {
  const admin = await signedIn(browser, centre, "Adam");
  const headers = { "x-ringdesk": "console" };
  const { account_id } = (await (await admin.request.get(`${centre.url}/api/v1/auth/me`)).json()) as { account_id: string };
  const data = { ...LENA, extension: "2090", roles: ["leader"] };
  const made = await admin.request.post(`${centre.url}/api/v1/accounts/${account_id}/agents`, { headers, data });
  expect(made.status(), await made.text()).toBe(201);
  await admin.context().close();
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  const page = await context.newPage();
  await withEars(page);
  await firstSignIn(page, centre, LENA.login, LENA.password, "a-long-one-44");
  await page.locator("[data-phone=ready]").waitFor();
  return page;
}

test("a supervisor sees the floor, listens from the row and steers it [S16.2, V10]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const bernd = await agentReady(browser, centre, "Bernd");
  const page = await lena(browser, centre);
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Floor" }).click();
  const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByText(name, { exact: true }) }).last();
  await expect(row("Anna Agent").getByText("Ready")).toBeVisible();

  // Bernd is sent on a break: the next caller is Anna's.
  await page.getByRole("button", { name: "Set presence: Bernd Agent" }).click();
  await page.getByRole("menuitem", { name: "Not ready: break" }).click();
  await expect(row("Bernd Agent").getByText("Not ready: break")).toBeVisible();
  await bernd.getByRole("button", { name: /^Presence: .*reak/ }).waitFor();

  const caller = Caller.dial(centre, "1001", { hz: 620 });
  await anna.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await hears(anna, 620);
  await expect(row("Anna Agent").getByText("Talking")).toBeVisible();
  await page.screenshot({ path: "e2e/shots/floor-talking-en-light.png" });

  // Into the talk, and she hears the caller.
  await page.getByRole("button", { name: "Supervise: Anna Agent" }).click();
  await page.getByRole("menuitem", { name: /^Listen/ }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await hears(page, 620);
  await page.screenshot({ path: "e2e/shots/floor-listening-en-light.png" });
  await page.getByRole("button", { name: "Supervise: Anna Agent" }).click();
  await page.getByRole("menuitem", { name: /^Whisper/ }).click();
  await expect(page.getByRole("button", { name: "Supervise: Anna Agent" })).toHaveText("Whisper");
  await page.getByRole("button", { name: "Supervise: Anna Agent" }).click();
  await page.getByRole("menuitem", { name: "Stop listening" }).click();
  await expect(page.getByRole("button", { name: "Supervise: Anna Agent" })).toHaveText("Supervise");
  // The talk went on all the while.
  await hears(anna, 620);

  // A second caller waits, and is given to somebody who is in no queue.
  await page.getByRole("button", { name: "Ready for calls" }).click();
  await expect(row("Lena Leader").getByText("Ready")).toBeVisible();
  const second = Caller.dial(centre, "1001", { hz: 700, from: "015112345679" });
  await page.getByRole("button", { name: "Give to" }).first().click();
  await page.getByRole("menuitem", { name: "Lena Leader" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await hears(page, 700);

  await anna.locator(".press-end").click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Desk", exact: true }).click();
  await page.locator(".press-end").click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Floor" }).click();
  await caller.hungUp();
  await second.hungUp();
  await page.getByRole("button", { name: "Set presence: Bernd Agent" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: /signed out$/ })).toBeVisible();

  // On the wall the day counts both.
  await page.goto(`${centre.url}/wallboard`);
  await expect(page.getByRole("region", { name: "support" }).locator("div", { hasText: "answered" }).getByText("2", { exact: true }).first()).toBeVisible({ timeout: 15_000 });
  await page.screenshot({ path: "e2e/shots/wallboard-en-light.png" });
  for (const one of [anna, bernd, page]) await one.context().close();
});
