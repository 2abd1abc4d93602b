import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Browser, Locator, Page } from "@playwright/test";
import { PASSWORD, type Centre } from "./centre";
import { expect, signedIn, test, untoured } from "./test";
import { code } from "./totp";

/** Scans, or rather reads, the secret, and types its first code. Gives the secret and the recovery codes. */
async function setUp(at: Page | Locator, shot?: (name: string) => Promise<void>): Promise<{ secret: string; codes: string[] }> {
  const shown = at.locator("[data-secret]");
  await expect(at.getByRole("img", { name: /QR code/ })).toBeVisible();
  const secret = await shown.innerText();
  await shot?.("second-factor-set-up");
  await at.getByRole("textbox", { name: "Code", exact: true }).fill("000000");
  await at.getByRole("button", { name: "Turn on" }).click();
  await expect(at.getByText(/This code is wrong/)).toBeVisible();
  await at.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret));
  await at.getByRole("button", { name: "Turn on" }).click();
  await expect(at.getByText("Keep these recovery codes now")).toBeVisible();
  const codes = await at.getByRole("list", { name: "Recovery codes" }).getByRole("listitem").allInnerTexts();
  expect(codes.length).toBeGreaterThanOrEqual(8);
  await shot?.("second-factor-codes");
  return { secret, codes };
}

async function password(browser: Browser, centre: Centre, login: string): Promise<Page> {
  const context = await browser.newContext({ locale: "en-GB" });
  await untoured(context);
  await untoured(context);
  const page = await context.newPage();
  await page.goto(centre.url);
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  return page;
}

const inside = (page: Page) => page.getByRole("navigation", { name: "Pages" });

const shots = (page: Page) => async (name: string) => {
  for (const [language, theme] of [
    ["en", "light"],
    ["en", "dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: `e2e/shots/${name}-${language}-${theme}.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `e2e/shots/${name}-${language}-${theme}-390.png` });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), name).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1366, height: 800 });
  }
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), name).toEqual([]);  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
};

test("a second factor is set up, asked for, replaced by a recovery code, and turned off [S12.17]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Rita");
  const shot = shots(page);
  await page.getByRole("button", { name: /^Your account/ }).click();
  await page.getByRole("menuitem", { name: "Security" }).click();
  await shot("security-off");
  await page.getByRole("button", { name: "Set up" }).click();
  const { secret, codes } = await setUp(page, shot);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const file = readFileSync(await (await saved).path(), "utf8");
  for (const one of codes) expect(file).toContain(one);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText(`${codes.length} recovery codes are left.`)).toBeVisible();
  await expect(page.getByText(codes[0] ?? "")).toHaveCount(0);
  await page.reload();
  await expect(page.getByText(`${codes.length} recovery codes are left.`)).toBeVisible();

  // The password alone opens nothing; a wrong code neither; a right one does.
  const other = await password(browser, centre, "reviewer");
  await expect(other.getByText("One more step")).toBeVisible();
  await shots(other)("sign-in-code");
  await other.getByRole("textbox", { name: "Code", exact: true }).fill("000000");
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByText(/This code is wrong/)).toBeVisible();
  // Each is good once: that of the next step, which a clock that is ahead would show.
  await other.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret, 1));
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(inside(other)).toBeVisible();

  // Somebody whose telephone is lost.
  const lost = await password(browser, centre, "reviewer");
  await lost.getByRole("button", { name: "The telephone is not at hand" }).click();
  await lost.getByLabel("Recovery code").fill(codes[0] ?? "");
  await lost.getByRole("button", { name: "Sign in" }).click();
  await expect(inside(lost)).toBeVisible();
  await lost.goto(`${centre.url}/security`);
  await expect(lost.getByText(`${codes.length - 1} recovery codes are left.`)).toBeVisible();
  await expect(lost.getByRole("listitem").filter({ hasText: "here" })).toHaveCount(1);
  await lost.getByRole("button", { name: "Turn off" }).click();
  const sheet = lost.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Code", exact: true }).fill(codes[0] ?? "");
  await sheet.getByRole("button", { name: "Turn off" }).click();
  await expect(sheet.getByText(/This code is wrong/)).toBeVisible();
  await sheet.getByRole("textbox", { name: "Code", exact: true }).fill(codes[1] ?? "");
  await sheet.getByRole("button", { name: "Turn off" }).click();
  await expect(lost.getByRole("button", { name: "Set up" })).toBeVisible();
  const again = await password(browser, centre, "reviewer");
  await expect(inside(again)).toBeVisible();
  for (const one of [page, other, lost, again]) await one.context().close();
});

test("whose role needs a second factor does nothing before it is set up, and an administrator takes it away [S12.17]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.goto(`${centre.url}/security`);
  await admin.getByRole("checkbox", { name: "Campaign operator" }).check();
  await admin.getByRole("button", { name: "Save" }).click();
  const row = admin.getByRole("listitem").filter({ hasText: "operator" });
  await expect(row.getByText("must set up")).toBeVisible();
  await shots(admin)("security-admin");

  const page = await password(browser, centre, "operator");
  await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  await expect(inside(page)).toHaveCount(0);
  await page.goto(`${centre.url}/about`);
  await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  await shots(page)("second-factor-must");
  const { secret } = await setUp(page);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(inside(page)).toBeVisible();
  await page.goto(`${centre.url}/security`);
  await expect(page.getByRole("button", { name: "Turn off" })).toBeDisabled();

  const next = await password(browser, centre, "operator");
  await next.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret, 1));
  await next.getByRole("button", { name: "Sign in" }).click();
  await expect(inside(next)).toBeVisible();

  await admin.reload();
  await row.getByRole("button", { name: "Take away" }).click();
  await admin.locator(".ant-popover").getByRole("button", { name: "Take away" }).click();
  await expect(row.getByText("must set up")).toBeVisible();
  await next.reload();
  await expect(next.getByRole("button", { name: "Sign in" })).toBeVisible();
  for (const one of [admin, page, next]) await one.context().close();
});

test("who guesses codes is told for how long nothing more is taken [S12.17]", async ({ browser, centre }) => {
  const owner = await signedIn(browser, centre, "Sofia");
  await owner.goto(`${centre.url}/security`);
  await owner.getByRole("button", { name: "Set up" }).click();
  await setUp(owner);
  const page = await password(browser, centre, "supervisor");
  const enter = page.getByRole("button", { name: "Sign in" });
  const locked = page.getByText(/Too many attempts\. For your protection the next one is taken in \d+ (seconds|minutes)/);
  for (let n = 0; n < 20 && !(await locked.isVisible()); n += 1) {
    await page.getByRole("textbox", { name: "Code", exact: true }).fill(`00000${n % 10}`);
    const answer = page.waitForResponse((response) => response.url().endsWith("/auth/session"));
    await enter.click();
    await answer;
    await expect(page.getByRole("alert")).toBeVisible();
  }
  await expect(locked).toBeVisible();
  await expect(enter).toBeDisabled();
  await shots(page)("sign-in-locked");
  await owner.context().close();
  await page.context().close();
});
