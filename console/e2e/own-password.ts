import type { Page } from "@playwright/test";
import type { Centre } from "./centre";

/** Somebody new signs in with the password they were given, and chooses one of their own, as they must. */
export async function firstSignIn(page: Page, centre: Centre, login: string, given: string, own: string): Promise<void> {
  await page.goto(centre.url);
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(given);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Choose a password of your own" }).waitFor();
  await page.getByLabel("Present password").fill(given);
  await page.getByLabel("New password", { exact: true }).fill(own);
  await page.getByLabel("New password again").fill(own);
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByRole("button", { name: /^Your account/ }).waitFor();
}
