import { PASSWORD } from "./centre";
import { expect, test, untoured } from "./test";

// Whoever fails here is asked for work at this address from then on.
test.use({ apart: "challenge" });

test("after three wrong passwords the browser does some work, and the right one signs in [S12.16]", async ({ browser, centre }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  await untoured(context);
  const page = await context.newPage();
  await page.goto(centre.url);
  // What is said for a moment is kept, however fast this machine is.
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const line of document.querySelectorAll("[role=status]")) if (line.textContent) said.push(line.textContent);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const enter = page.getByRole("button", { name: "Sign in", exact: true });
  await page.getByLabel("Login", { exact: true }).fill("agent2");
  for (const guess of ["wrong-1", "wrong-2", "wrong-3"]) {
    await page.getByLabel("Password", { exact: true }).fill(guess);
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/auth/session"));
    await enter.click();
    expect((await answered).status()).toBe(401);
    await expect(page.getByRole("alert")).toBeVisible();
    await expect(enter).toBeEnabled();
  }
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  const asked = page.waitForResponse((answer) => answer.url().endsWith("/auth/session") && answer.status() === 401);
  const opened = page.waitForResponse((answer) => answer.url().endsWith("/auth/session") && answer.status() === 204);
  const said = page.waitForFunction(() => (window as unknown as { said: string[] }).said.some((line) => line.includes("Checking that you are human")));
  await enter.click();
  expect(((await (await asked).json()) as { type: string }).type).toBe("urn:ringdesk:problem:challenge-required");
  await said;
  await opened;
  await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
  await context.close();
});
