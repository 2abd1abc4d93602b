import { test as base, type Page } from "@playwright/test";
import config from "./playwright.config";
import { Centre } from "./centre";
import { HEARS, MISHEARD, SAID, voice } from "./speech";
import { expect, signedIn, untoured } from "./test";

const launch = config.use?.launchOptions;
const test = base.extend<object, { centre: Centre }>({
  launchOptions: [{ ...launch, args: [...(launch?.args ?? []), `--use-file-for-fake-audio-capture=${voice()}`] }, { scope: "worker" }],
  centre: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const centre = await Centre.start(HEARS);
      await use(centre);
      await centre.stop();
    },
    { scope: "worker" },
  ],
});

/** Where the sound stands, in seconds; -1 while it does not play. */
const playing = (page: Page) => page.evaluate(() => [...document.querySelectorAll("audio")].map((audio) => (audio.paused ? -1 : audio.currentTime))[0] ?? -1);

// The second listens to what was said in the first.
test.describe.configure({ mode: "serial" });

test("caller, agent and reviewer in three minutes, without a telephone [S16.26]", async ({ browser, centre }) => {
  const begun = Date.now();
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  const start = await context.newPage();
  await start.goto(centre.url);
  await start.getByRole("link", { name: /Try it in three minutes/ }).click();
  await start.getByRole("button", { name: "Open the desk" }).waitFor();
  await start.screenshot({ path: "e2e/shots/start-en-light.png" });

  const opened = context.waitForEvent("page");
  await start.getByRole("button", { name: "Open the desk" }).click();
  const desk = await opened;
  await desk.locator("[data-phone=ready]").waitFor();
  await desk.getByRole("button", { name: "Ready for calls" }).click();
  await desk.getByRole("button", { name: /^Presence: Ready/ }).waitFor();

  await start.bringToFront();
  await start.getByRole("button", { name: "Call 1000" }).click();
  await expect(start.getByText("Connected")).toBeVisible();
  await start.screenshot({ path: "e2e/shots/start-calling-en-light.png" });
  await start.getByRole("button", { name: "Key 1" }).click();
  await desk.bringToFront();
  await desk.getByRole("alertdialog").locator(".press-answer").click();
  await desk.locator(".call-clock time").waitFor();
  // Captions: somebody was heard.
  await expect(desk.getByText(SAID).first()).toBeVisible({ timeout: 60_000 });
  await start.bringToFront();
  await start.getByRole("button", { name: "Hang up" }).click();
  await expect(start.getByText("The call is over.")).toBeVisible();

  await start.getByRole("button", { name: "Listen to it" }).click();
  await start.waitForURL(/\/review\?c=/, { timeout: 60_000 });
  await expect(start.getByRole("list").getByText(SAID).first()).toBeVisible();
  const at = Number(new URL(start.url()).searchParams.get("at")) / 1_000;
  expect(at, "at a word").toBeGreaterThan(0);
  await expect.poll(() => playing(start)).toBeGreaterThan(at - 0.1);
  expect(Date.now() - begun, "three minutes").toBeLessThan(180_000);
  await start.screenshot({ path: "e2e/shots/review-heard-en-light.png" });

  // From a phrase to its second in two clicks.
  await start.goto(`${centre.url}/review`);
  await start.getByRole("textbox", { name: "Find what was said" }).fill("refund");
  await start.getByRole("button", { name: "Search", exact: true }).click();
  const line = start.getByRole("listitem").filter({ has: start.locator("mark", { hasText: "refund" }) }).first();
  await line.getByRole("button").click();
  const second = Number(new URL(start.url()).searchParams.get("at") ?? 0) / 1_000;
  await expect.poll(() => playing(start)).toBeGreaterThan(second - 0.1);
  expect(await playing(start)).toBeLessThan(second + 20);

  // A remark at this second, a better text, and the seal.
  await start.getByRole("tab", { name: /^Comments/ }).click();
  await start.getByRole("textbox", { name: /^Comment at/ }).fill("Says at once what the matter is.");
  await start.getByRole("button", { name: /^Comment at/ }).click();
  await expect(start.getByText("Says at once what the matter is.")).toBeVisible();
  await start.getByRole("tab", { name: "Transcript" }).click();
  await start.getByText(SAID).last().hover();
  await start.getByRole("button", { name: "Correct this line" }).last().click();
  await start.getByRole("textbox", { name: "Correct this line" }).fill("I want a refund for the blue boots");
  await start.getByRole("button", { name: "Save" }).click();
  await expect(start.getByText(/blue boots.*corrected/)).toBeVisible();
  await start.getByRole("button", { name: "Check the seal" }).click();
  await expect(start.getByText("Intact")).toBeVisible();
  await start.screenshot({ path: "e2e/shots/review-corrected-en-light.png" });
  await context.close();
});

test("who was misheard is found by ear, in both languages [S10.21]", async ({ browser, centre }) => {
  // Of the call above the engine heard another name than was said.
  const start = await signedIn(browser, centre, "Rita");
  await start.goto(`${centre.url}/review`);
  const find = start.getByRole("textbox", { name: "Find what was said" });
  const found = (words: string) => start.getByRole("listitem").filter({ has: start.locator("mark", { hasText: words }) }).first();
  const byEar = async (ear: string) => {
    await start.getByLabel("Words as").click();
    await start.locator(".ant-select-item-option", { hasText: ear }).last().click();
  };
  await find.fill("张晓丽");
  await find.press("Enter");
  await expect(start.getByText("Nobody said that")).toBeVisible();
  await start.getByRole("button", { name: /Filters/ }).click();
  await byEar("pinyin");
  await expect(found(MISHEARD)).toBeVisible();
  await find.fill("zhang xiaoli");
  await find.press("Enter");
  await expect(start).toHaveURL(/q=zhang/);
  await expect(found(MISHEARD)).toBeVisible();
  await start.screenshot({ path: "e2e/shots/review-by-ear-en-light.png" });
  await byEar("English");
  await find.fill("refand");
  await find.press("Enter");
  await expect(found("refund")).toBeVisible();
  await start.context().close();
});
