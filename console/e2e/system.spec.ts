import { expect, test, untoured } from "./test";

test("a system that turns dark, or still, in the middle of the work takes nothing away from the page", async ({ browser, centre }) => {
  const context = await browser.newContext({ locale: "en-GB" });
  await untoured(context);
  const page = await context.newPage();
  await page.goto(centre.url);
  const login = page.getByLabel("Login");
  await login.fill("half a na");
  for (const reducedMotion of ["reduce", "no-preference", "reduce"] as const) {
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion });
      await expect.poll(() => page.evaluate(() => document.documentElement.style.colorScheme)).toBe(colorScheme);
      await expect(login).toHaveValue("half a na");
      await expect(login).toBeFocused();
    }
  }
  await context.close();
});
