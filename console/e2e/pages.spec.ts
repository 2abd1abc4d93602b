import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { apiOf } from "./api";
import { Caller } from "./caller";
import { PASSWORD } from "./centre";
import { filled } from "./filled";
import { agentReady, expect, signedIn, test, untoured } from "./test";

test.use({ apart: "pages" });

/** Every page of the console; the agent's desk has a test of its own below. */
const PATHS = [...readFileSync(resolve(import.meta.dirname, "../src/app/pages.tsx"), "utf8").matchAll(/^ {4}path: "([\w-]+)/gm)].map(([, path]) => path as string).filter((path) => path !== "desk");
/** What no administrator opens. */
const TECHNICAL = ["limits"];

/** Whatever was asked for has come. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle").catch(() => undefined);
  await expect(page.locator(".ant-spin-spinning")).toHaveCount(0);
}

async function sound(page: Page, name: string): Promise<void> {
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
  expect(told, name).toEqual([]);
}

/** In English in the light and in Chinese in the dark, also on a telephone; then each the other way round. */
async function shown(page: Page, url: string, name: string): Promise<void> {
  for (const [language, first, second] of [["en", "light", "dark"], ["zh", "dark", "light"]] as const) {
    await page.setViewportSize({ width: 1366, height: 800 });
    await page.emulateMedia({ colorScheme: first, reducedMotion: "reduce" });
    await page.evaluate((language) => {
      localStorage.setItem("ringdesk.language", language);
      localStorage.setItem("ringdesk.theme", "system");
    }, language);
    await page.goto(url);
    await settled(page);
    await page.screenshot({ path: `e2e/shots/${name}-${language}-${first}.png` });
    await sound(page, `${name} ${language} ${first}`);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `e2e/shots/${name}-${language}-${first}-390.png` });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow, `${name} fits 390 px`).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1366, height: 800 });
    await page.emulateMedia({ colorScheme: second });
    await page.waitForFunction((second) => document.documentElement.style.colorScheme === second, second);
    await page.screenshot({ path: `e2e/shots/${name}-${language}-${second}.png` });
  }
}

test("the door [S16.4]", async ({ page, centre }) => {
  await page.goto(centre.url);
  await shown(page, centre.url, "sign-in");
});

test.describe("pages", () => {
  let [adam, tess]: Page[] = [];

  test.beforeAll(async ({ browser, centre }) => {
    adam = await signedIn(browser, centre, "Adam");
    await filled(await apiOf(adam, centre));
    const context = await browser.newContext({ locale: "en-GB" });
    await untoured(context);
    tess = await context.newPage();
    await tess.goto(centre.url);
    await tess.getByLabel("Login").fill("tess");
    await tess.getByLabel("Password").fill(PASSWORD);
    await tess.getByRole("button", { name: "Sign in" }).click();
    await tess.getByRole("navigation", { name: "Pages" }).waitFor();
  });

  test.afterAll(async () => {
    await adam?.context().close();
    await tess?.context().close();
  });

  for (const path of PATHS) {
    test(`/${path} is readable in both languages and themes, and on a telephone [S16.4, S16.6]`, async ({ centre }) => {
      const page = TECHNICAL.includes(path) ? tess : adam;
      if (!page) throw new Error("nobody is signed in");
      await shown(page, `${centre.url}/${path}`, path);
      await expect(page.getByText("页面不存在")).toHaveCount(0);
    });
  }

  // What moves is put on the page later than what stands still, and takes the focus at another moment.
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    test(`what is opened by the keyboard has the focus, closes with Escape and gives it back, motion: ${reducedMotion} [S16.4]`, async ({ centre }) => {
      if (!adam) throw new Error("nobody is signed in");
      await adam.emulateMedia({ reducedMotion });
      await adam.evaluate(() => localStorage.setItem("ringdesk.language", "en"));
      for (const path of ["tags", "segments", "rules", "ticket-types", "phrases", "hours", "tokens", "users", "queues", "numbers", "trunks", "prompts"]) {
        await adam.goto(`${centre.url}/${path}`);
        const add = adam.locator(".page-actions .ant-btn-primary");
        await expect(add, path).toBeEnabled();
        await add.focus();
        await adam.keyboard.press("Enter");
        const opened = adam.getByRole("dialog");
        await expect(opened, path).toBeVisible();
        // What is typed lands in it.
        await expect(opened.locator("input:focus, textarea:focus"), path).toHaveCount(1);
        await adam.keyboard.press("Escape");
        await expect(opened, path).toBeHidden();
        await expect(add, path).toBeFocused();
      }
    });
  }
});

test("the desk in every state of a call [S16.4]", async ({ browser, centre }) => {
  const page = await agentReady(browser, centre, "Anna");
  await shown(page, `${centre.url}/desk`, "desk-ready");
  const caller = Caller.dial(centre, "1001");
  await page.getByRole("alertdialog").waitFor();
  await page.screenshot({ path: "e2e/shots/desk-offer-zh-light.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: "e2e/shots/desk-offer-zh-light-390.png" });
  await page.setViewportSize({ width: 1366, height: 800 });
  await sound(page, "the offer");
  await page.getByRole("alertdialog").locator(".press-answer").click();
  await page.locator(".call-clock time").waitFor();
  await page.screenshot({ path: "e2e/shots/desk-call-zh-light.png" });
  await page.locator("#transfer").click();
  await page.locator(".pass-on").waitFor();
  await page.screenshot({ path: "e2e/shots/desk-transfer-zh-light.png" });
  await sound(page, "the call");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: "e2e/shots/desk-transfer-zh-light-390.png" });
  await page.setViewportSize({ width: 1366, height: 800 });
  await page.locator(".press-end").click();
  await caller.hungUp();
  await page.locator(".wrap-up").waitFor();
  await page.locator(".call").waitFor({ state: "hidden" });
  await page.screenshot({ path: "e2e/shots/desk-wrap-up-zh-light.png" });
  await page.locator("[data-phone]").click();
  await page.locator(".device-form").waitFor();
  await page.screenshot({ path: "e2e/shots/devices-zh-light.png" });
  await sound(page, "the devices");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "快捷键" }).waitFor();
  await page.screenshot({ path: "e2e/shots/keys-zh-light.png" });
  await page.context().close();
});
