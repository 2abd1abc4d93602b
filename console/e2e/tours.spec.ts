import AxeBuilder from "@axe-core/playwright";
import { withEars } from "./ears";
import { expect, test } from "./test";
import type { Browser, Page } from "@playwright/test";
import type { Centre } from "./centre";

/** Who is shown what: the names of the steps, in their order, and the control at which each stands. */
const TOURS: [who: string, role: string, steps: [name: string, title: string, at: string][]][] = [
  [
    "Anna",
    "agent",
    [
      ["presence", "Say when you are there", ".presence-ready, .presence-now"],
      ["phone", "Your telephone is in this page", "[data-phone]"],
      ["list", "Everything you had", ".desk-list"],
      ["dial", "Call somebody", "#dial, .desk-side"],
      ["again", "That is all", "button.account"],
    ],
  ],
  [
    "Sofia",
    "supervisor",
    [
      ["figures", "Is all well?", "main dl"],
      ["agents", "Who does what", "main .card"],
      ["wallboard", "For the wall", 'main a[href="/wallboard"]'],
      ["alerts", "What must not be missed", 'a[href="/alerts"]'],
      ["again", "That is all", "button.account"],
    ],
  ],
  [
    "Rita",
    "reviewer",
    [
      ["find", "Find what was said", "main form, main input"],
      ["filters", "Narrow it down", "main section button"],
      ["open", "From a phrase to its second", "main section"],
      ["wallboard", "The floor is open to you", 'a[href="/floor"]'],
      ["again", "That is all", "button.account"],
    ],
  ],
  [
    "Adam",
    "administrator",
    [
      ["guide", "From nothing to the first call", "main ol a"],
      ["users", "Who works here", 'a[href="/users"]'],
      ["numbers", "What one may dial", 'a[href="/numbers"]'],
      ["flows", "What callers hear", 'a[href="/flows"]'],
      ["again", "That is all", "button.account"],
    ],
  ],
];

const LOGINS: Record<string, string> = { Anna: "agent1", Sofia: "supervisor", Rita: "reviewer", Adam: "admin" };

async function comesIn(browser: Browser, centre: Centre, name: string, size = { width: 1366, height: 800 }): Promise<Page> {
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB", viewport: size });
  // Somebody new: an earlier test may have shown them round.
  const headers = { "x-ringdesk": "console" };
  const sent = (path: string) => `${centre.url}/api/v1/auth/${path}`;
  expect((await context.request.post(sent("demo"), { headers, data: { login: LOGINS[name] } })).status()).toBe(204);
  expect((await context.request.put(sent("me/preferences"), { headers, data: { tour_seen: false } })).status()).toBe(204);
  const page = await context.newPage();
  await withEars(page);
  await page.goto(centre.url);
  return page;
}

const seriously = async (page: Page) => {
  const { violations } = await new AxeBuilder({ page }).include("[role=dialog]").analyze();
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

/** Does the card leave some of its control to be seen, and stay inside of the window? */
async function standsAt(page: Page, at: string): Promise<void> {
  const card = page.getByRole("dialog");
  await expect(card).toBeVisible();
  const [box, window] = [await card.boundingBox(), page.viewportSize()];
  expect(box && window && box.x >= 0 && box.y >= 0 && box.x + box.width <= window.width && box.y + box.height <= window.height, "inside").toBe(true);
  const lit = () =>
    page.evaluate((names) => {
      const light = document.querySelector("[class*=light]")?.getBoundingClientRect();
      if (!light) return false;
      return [...document.querySelectorAll(names)].some((one) => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.left < light.right && light.left < box.right && box.top < light.bottom && light.top < box.bottom;
      });
    }, at);
  await expect.poll(lit, `the light falls on ${at}`).toBe(true);
}

for (const [who, role, steps] of TOURS) {
  test(`the ${role} is shown round once, at real controls, by keys alone [S16.26]`, async ({ browser, centre }) => {
    const page = await comesIn(browser, centre, who);
    const card = page.getByRole("dialog");
    for (const [n, [name, title, at]] of steps.entries()) {
      await expect(card).toHaveAttribute("data-step", name);
      await expect(card.getByRole("heading", { name: title })).toBeVisible();
      await expect(card.getByText(`Step ${n + 1} of 5`)).toBeVisible();
      await standsAt(page, at);
      await expect(card.getByRole("button", { name: n === 4 ? "Done" : "Next" })).toBeFocused();
      if (n === 0) expect(await seriously(page)).toEqual([]);
      await page.screenshot({ path: `e2e/shots/tour-${role}-${n + 1}-en-light.png` });
      await page.keyboard.press("ArrowRight");
    }
    await expect(card).toHaveCount(0);
    // Once is enough; but whoever wants it again has it.
    await page.reload();
    await page.getByRole("button", { name: /^Your account/ }).waitFor();
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await expect(card).toHaveCount(0);
    await page.getByRole("button", { name: /^Your account/ }).click();
    await page.getByRole("menuitem", { name: "Show me around" }).click();
    await expect(card.getByText("Step 1 of 5")).toBeVisible();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await expect(card.getByText("Step 1 of 5")).toBeVisible();
    // The fingers stay in it.
    for (let n = 0; n < 4; n += 1) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null)).toBe(true);
    }
    await page.keyboard.press("Escape");
    await expect(card).toHaveCount(0);
    await page.context().close();
  });
}

test("who was shown round is not shown it again in another browser [S16.26]", async ({ browser, centre }) => {
  const page = await comesIn(browser, centre, "Rita");
  await page.getByRole("dialog").waitFor();
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/me/preferences"));
  await page.getByRole("dialog").getByRole("button", { name: "Skip" }).click();
  expect((await kept).status()).toBe(204);
  const other = await browser.newPage({ locale: "en-GB" });
  await other.goto(centre.url);
  await other.getByRole("button", { name: /^Rita/ }).click();
  await other.getByRole("button", { name: /^Your account/ }).waitFor();
  await other.waitForLoadState("networkidle");
  await expect(other.getByRole("dialog")).toHaveCount(0);
  await other.close();
  await page.context().close();
});

test("who leaves a tour is not shown it again, also on a telephone, in Chinese and in the dark [S16.26]", async ({ browser, centre }) => {
  const page = await comesIn(browser, centre, "Sofia", { width: 390, height: 800 });
  const card = page.getByRole("dialog");
  await standsAt(page, "main dl");
  await page.screenshot({ path: "e2e/shots/tour-supervisor-phone-en-light.png" });
  await page.evaluate(() => {
    localStorage.setItem("ringdesk.language", "zh");
    localStorage.setItem("ringdesk.theme", "dark");
  });
  await page.reload();
  await expect(card.getByText("第 1 步，共 5 步")).toBeVisible();
  for (let n = 1; n <= 5; n += 1) {
    await expect(card.getByText(`第 ${n} 步，共 5 步`)).toBeVisible();
    await expect(card.getByRole("button", { name: n === 5 ? "完成" : "下一步" })).toBeFocused();
    expect(await seriously(page)).toEqual([]);
    await page.screenshot({ path: `e2e/shots/tour-supervisor-${n}-phone-zh-dark.png` });
    if (n < 5) await card.getByRole("button", { name: "下一步" }).click();
  }
  await card.getByRole("button", { name: "跳过" }).click();
  await expect(card).toHaveCount(0);
  await page.reload();
  await page.getByRole("heading", { name: "现场" }).waitFor();
  await expect(card).toHaveCount(0);
  await page.context().close();
});
