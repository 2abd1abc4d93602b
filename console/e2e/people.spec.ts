import AxeBuilder from "@axe-core/playwright";
import type { Browser, Page } from "@playwright/test";
import type { Centre } from "./centre";
import { firstSignIn } from "./own-password";
import { expect, signedIn, test, untoured } from "./test";

const seriously = async (page: Page) => {
  // A list of choices that is still closing has no name any more.
  await expect(page.locator(".ant-select-dropdown:visible")).toHaveCount(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

/** A browser of its own, in which nothing was chosen yet. */
async function somewhere(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ permissions: ["microphone", "notifications"], locale: "en-GB" });
  await untoured(context);
  return context.newPage();
}

async function signIn(page: Page, centre: Centre, login: string, password: string): Promise<void> {
  await page.goto(centre.url);
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Rows: people, their addresses, languages and first passwords. */
test("somebody new chooses a password of their own, and finds the console in their language [S12.6]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Users" }).click();
  await admin.getByRole("button", { name: "Add user" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("Li Hua");
  await sheet.getByLabel("Login").fill("lihua");
  await sheet.getByRole("textbox", { name: "Password" }).fill("given-to-them-1");
  await expect(sheet.getByLabel("They choose one of their own when they sign in")).toBeChecked();
  await sheet.getByLabel("E-mail").fill("LiHua@example.com");
  await sheet.getByLabel("Language").click();
  await admin.locator(".ant-select-item-option", { hasText: "中文" }).click();
  await sheet.getByRole("switch", { name: "Takes calls" }).click();
  expect(await seriously(admin)).toEqual([]);
  await admin.screenshot({ path: "e2e/shots/people-new-en-light.png" });
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  const row = admin.getByRole("row").filter({ has: admin.getByRole("cell", { name: "lihua", exact: true }) });
  await expect(row).toContainText("lihua@example.com");
  await expect(row).toContainText("First password");

  const page = await somewhere(browser);
  await signIn(page, centre, "lihua", "given-to-them-1");
  // In their language from the first page on.
  await page.getByRole("heading", { name: "请设置自己的密码" }).waitFor();
  await page.getByLabel("当前密码").fill("given-to-them-1");
  await page.getByLabel("新密码", { exact: true }).fill("password123");
  await page.getByLabel("再次输入新密码").fill("password12");
  await page.getByRole("button", { name: "修改密码" }).click();
  await expect(page.getByText("两次输入不一致。")).toBeVisible();
  await page.getByLabel("再次输入新密码").fill("password123");
  await page.getByRole("button", { name: "修改密码" }).click();
  await expect(page.getByText("这个密码太常见，请换一个。")).toBeVisible();
  expect(await seriously(page)).toEqual([]);
  await page.screenshot({ path: "e2e/shots/people-must-change-zh-light.png" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: "e2e/shots/people-must-change-zh-light-390.png" });
  await page.setViewportSize({ width: 1280, height: 800 });
  // Around the page nothing is open either.
  const me = (await (await page.request.get(`${centre.url}/api/v1/auth/me`)).json()) as { account_id: string; must: string };
  expect(me.must).toBe("change_password");
  expect((await page.request.get(`${centre.url}/api/v1/accounts/${me.account_id}/queues`)).status()).toBe(403);
  for (const label of ["新密码", "再次输入新密码"]) await page.getByLabel(label, { exact: true }).fill("她自己的密码-1");
  await page.getByRole("button", { name: "修改密码" }).click();
  await page.getByRole("button", { name: /^我的账号/ }).waitFor();
  await admin.reload();
  await expect(row).toBeVisible();
  await expect(row).not.toContainText("First password");

  // The choice of another language is theirs, in whatever browser.
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/me/preferences"));
  await page.getByRole("button", { name: "语言" }).click();
  expect((await kept).status()).toBe(204);
  await page.getByRole("button", { name: /^Your account/ }).waitFor();
  const other = await somewhere(browser);
  await signIn(other, centre, "lihua", "她自己的密码-1");
  await other.getByRole("button", { name: /^Your account/ }).waitFor();
  // The password is changed once more, on the page for it; this browser stays, the other one is signed out.
  await other.goto(`${centre.url}/security`);
  await other.getByLabel("Present password").fill("她自己的密码-1");
  await other.getByLabel("New password", { exact: true }).fill("one-more-time-2");
  await other.getByLabel("New password again").fill("one-more-time-2");
  await other.getByRole("button", { name: "Change password" }).click();
  await expect(other.getByText("Your password is changed.")).toBeVisible();
  await other.screenshot({ path: "e2e/shots/people-security-en-light.png", fullPage: true });
  await page.reload();
  await page.getByLabel("Login").waitFor();
  for (const one of [page, other, admin]) await one.context().close();
});

/** Rows: what somebody chose goes with them. */
test("keys that were moved are moved in every browser of the person [S16.14]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Users" }).click();
  await admin.getByRole("button", { name: "Add user" }).click();
  const sheet = admin.getByRole("dialog");
  await sheet.getByLabel("Name", { exact: true }).fill("Kay Keys");
  await sheet.getByLabel("Login").fill("kay");
  await sheet.getByRole("textbox", { name: "Password" }).fill("given-to-them-2");
  await sheet.getByLabel("Extension").fill("2078");
  await sheet.getByRole("button", { name: "Add", exact: true }).click();
  await admin.getByRole("button", { name: "Noted" }).click();
  const one = await somewhere(browser);
  await firstSignIn(one, centre, "kay", "given-to-them-2", "chosen-alone-45");
  await one.locator("[data-phone=ready]").waitFor();
  await one.keyboard.press("?");
  await one.getByRole("dialog", { name: "Keys" }).getByRole("button", { name: "Change: Mute or unmute" }).click();
  const kept = one.waitForResponse((answer) => answer.url().endsWith("/me/preferences"));
  await one.keyboard.press("Control+Alt+Y");
  expect((await kept).status()).toBe(204);
  const other = await somewhere(browser);
  await signIn(other, centre, "kay", "chosen-alone-45");
  await other.locator("[data-phone=ready]").waitFor();
  await other.keyboard.press("?");
  await expect(other.getByRole("dialog", { name: "Keys" }).getByRole("listitem").filter({ hasText: "Mute or unmute" })).toContainText("Ctrl+Alt+Y");
  for (const page of [one, other, admin]) await page.context().close();
});
