import { expect, test, untoured } from "./test";

test.use({ apart: "busy-hour" });

test("a visitor starts a busy hour, sees it on the floor, stops it and takes its data away [S16.26]", async ({ browser, centre }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  await untoured(context);
  const start = await context.newPage();
  await start.goto(`${centre.url}/start`);
  await start.getByRole("button", { name: "Simulate a busy hour" }).click();
  const figure = (name: string) => start.locator("dl > div").filter({ hasText: name }).locator("dd");
  await expect(figure("Calls")).toHaveText(/^[1-9]\d* of 60$/);
  await start.screenshot({ path: "e2e/shots/start-busy-en-light.png" });

  const floor = await context.newPage();
  await floor.goto(`${centre.url}/floor`);
  await expect(floor.getByText("A busy hour is running")).toBeVisible();
  await expect(floor.getByText("Hanna Helper")).toBeVisible();
  await expect(floor.locator("dl > div").filter({ hasText: /^Answered\d+$/ }).locator("dd")).toHaveText(/^[1-9]/, { timeout: 60_000 });
  await floor.screenshot({ path: "e2e/shots/floor-busy-en-light.png" });
  await floor.evaluate(() => {
    localStorage.setItem("ringdesk.language", "zh");
    localStorage.setItem("ringdesk.theme", "dark");
  });
  await floor.reload();
  await expect(floor.getByText("高峰模拟进行中")).toBeVisible();
  await floor.screenshot({ path: "e2e/shots/floor-busy-zh-dark.png" });
  await floor.setViewportSize({ width: 390, height: 800 });
  await floor.screenshot({ path: "e2e/shots/floor-busy-phone-zh-dark.png" });
  await floor.setViewportSize({ width: 1366, height: 800 });
  await floor.getByRole("button", { name: "停止" }).click();
  await expect(floor.getByText("高峰模拟进行中")).toHaveCount(0);
  await expect(floor.getByRole("button", { name: "模拟高峰时段" })).toBeVisible();
  await floor.screenshot({ path: "e2e/shots/floor-after-busy-zh-dark.png" });

  // The administrator takes away what it left.
  await start.evaluate(() => localStorage.setItem("ringdesk.language", "en"));
  await start.goto(centre.url);
  await start.getByRole("button", { name: /^Your account/ }).click();
  await start.getByRole("menuitem", { name: "Sign out" }).click();
  await start.getByRole("button", { name: /^Adam/ }).click();
  await start.getByRole("link", { name: "First steps" }).click();
  const data = start.locator("section").filter({ hasText: "Demo data" });
  await expect(data.getByText("Helpers")).toBeVisible();
  await data.scrollIntoViewIfNeeded();
  await start.screenshot({ path: "e2e/shots/guide-demo-data-en.png" });
  await data.getByRole("button", { name: "Remove demo data" }).click();
  await start.getByRole("tooltip").getByRole("button", { name: "Remove demo data" }).click();
  await expect(data.getByText("There is no demo data.")).toBeVisible();
  await expect(data.getByRole("button", { name: "Load demo data again" })).toBeVisible();
  await context.close();
});
