import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Caller } from "./caller";
import { agentReady, expect, signedIn, test } from "./test";

/** What each role can open, but for what others above have shown already. */
const PAGES: [name: string, paths: string[]][] = [
  ["Adam", ["floor", "wallboard", "alerts", "review", "satisfaction", "guide", "go-live", "users", "queues", "numbers", "sites", "flows", "prompts", "trunks", "dispositions", "tokens", "audit", "security", "about"]],
];
const LOOKS = [
  { language: "en", theme: "light" },
  { language: "zh", theme: "dark" },
  { language: "en", theme: "dark" },
  { language: "zh", theme: "light" },
] as const;

async function look(page: Page, { language, theme }: (typeof LOOKS)[number]): Promise<void> {
  await page.evaluate(
    ([language, theme]) => {
      localStorage.setItem("ringdesk.language", language);
      localStorage.setItem("ringdesk.theme", theme);
    },
    [language, theme] as const,
  );
}

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

async function shown(page: Page, url: string, name: string): Promise<void> {
  for (const one of LOOKS) {
    await page.setViewportSize({ width: 1366, height: 800 });
    await look(page, one);
    await page.goto(url);
    await settled(page);
    await page.screenshot({ path: `e2e/shots/${name}-${one.language}-${one.theme}.png` });
    if (one === LOOKS[0] || one === LOOKS[1]) {
      await sound(page, `${name} ${one.language} ${one.theme}`);
      await page.setViewportSize({ width: 390, height: 844 });
      await page.screenshot({ path: `e2e/shots/${name}-${one.language}-${one.theme}-390.png` });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, `${name} fits 390 px`).toBeLessThanOrEqual(0);
    }
  }
}

test("the door [S16.4]", async ({ page, centre }) => {
  await page.goto(centre.url);
  await shown(page, centre.url, "sign-in");
});

for (const [name, paths] of PAGES) {
  for (const path of paths) {
    test(`/${path} is readable in both languages and themes [S16.4]`, async ({ browser, centre }) => {
      const page = await signedIn(browser, centre, name);
      await shown(page, `${centre.url}/${path}`, path);
      await page.context().close();
    });
  }
}

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
