import type { Page } from "@playwright/test";
import { bridge } from "./bridge";
import { Caller } from "./caller";
import { hears } from "./ears";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready is this file's own business.
test.use({ apart: "phone size" });

async function fits(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `e2e/shots/phone-size-${name}-en-light.png` });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), name).toBeLessThanOrEqual(0);
}

test("an agent answers a call and a message on the screen of a telephone [S16.3]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  const anna = await agentReady(browser, centre, "Anna");
  await anna.setViewportSize({ width: 390, height: 844 });

  const caller = Caller.dial(centre, "1001", { hz: 440 });
  const offer = anna.getByRole("alertdialog");
  await expect(offer).toContainText("Carla Caller");
  await fits(anna, "offer");
  await offer.getByRole("button", { name: "Answer" }).click();
  const call = anna.getByRole("region", { name: "In a call" });
  await expect(call).toBeVisible();
  await hears(anna, 440);
  await fits(anna, "call");
  await call.getByRole("button", { name: "Transfer" }).click();
  await expect(call.getByRole("button", { name: /Bernd Agent/ })).toBeVisible();
  await fits(anna, "transfer");
  await call.getByRole("button", { name: "Hang up" }).click();
  await caller.hungUp();
  await anna.getByRole("button", { name: "Done, ready" }).click();
  await anna.getByRole("button", { name: /^Presence: Ready/ }).waitFor();

  await bring({ id: "small-visitor", name: "Mei Lin" }, "Where is my parcel?");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await expect(anna.locator(".line").filter({ hasText: "Where is my parcel?" })).toBeVisible();
  const box = anna.getByRole("textbox", { name: "Write to them" });
  await box.fill("It comes today.");
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "It comes today." })).toBeVisible();
  // Who it is stands above, and what they had before below.
  await expect(anna.locator(".timeline-title").getByText("Mei Lin")).toBeVisible();
  await fits(anna, "message");
  await anna.getByRole("button", { name: "Pass on or ask to join" }).click();
  await expect(anna.getByRole("group", { name: "To whom" })).toBeVisible();
  await fits(anna, "pass-on");
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(box).toHaveCount(0);
  await anna.context().close();
  await admin.context().close();
});
