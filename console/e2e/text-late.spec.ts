import type { Page } from "@playwright/test";
import { bridge } from "./bridge";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready, and what waits for whom, is this file's own business.
test.use({ apart: "late texts" });

/** The first note of the sound for what is overdue, in Hz. */
const LOW = 392;

/** Counts from now on how often this page sounds overdue. */
async function countsSounds(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const notes: number[] = [];
    Object.assign(window, { notes });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (this: OscillatorNode, at?: number) {
      notes.push(this.frequency.value);
      start.call(this, at);
    };
  });
  return () => page.evaluate((low) => (window as unknown as { notes: number[] }).notes.filter((note) => Math.round(note) === low).length, LOW);
}

test("an agent is warned once, with a sound, of a contact who waits too long for an answer [S10.14, N64]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  await admin.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Queues" }).click();
  await admin.getByRole("button", { name: "support", exact: true }).click();
  const sheet = admin.getByRole("dialog").first();
  await sheet.getByText("Rings, waiting, speech").click();
  const limit = sheet.getByLabel("Warn of unanswered messages after (s)");
  await expect(limit).toHaveValue("120");
  await limit.fill("5");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(sheet).toHaveCount(0);
  const bring = await bridge(admin, centre);

  const anna = await agentReady(browser, centre, "Anna");
  const sounds = await countsSounds(anna);
  await bring({ id: "late-visitor", name: "Mei Lin" }, "Where is my parcel?");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const late = anna.getByText("waits too long for your answer", { exact: true });
  // In what is in her hands, and in the list of her conversations.
  await expect(late).toHaveCount(2);
  await expect(anna.getByRole("timer").first()).toBeVisible();
  await expect.poll(sounds).toBe(1);
  for (const theme of ["light", "dark"] as const) {
    await anna.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await anna.screenshot({ path: `e2e/shots/desk-late-text-en-${theme}.png` });
  }

  // Another text of theirs is no other wait.
  await bring({ id: "late-visitor", name: "Mei Lin" }, "Hello?");
  await expect(anna.locator(".line").filter({ hasText: "Hello?" })).toBeVisible();
  await expect(late).toHaveCount(2);
  const box = anna.getByRole("textbox", { name: "Write to them" });
  await box.fill("It comes today.");
  await box.press("Enter");
  await expect(late).toHaveCount(0);
  expect(await sounds()).toBe(1);

  await bring({ id: "late-visitor", name: "Mei Lin" }, "At what time?");
  await expect(late).toHaveCount(2);
  await expect.poll(sounds).toBe(2);
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(late).toHaveCount(0);
  await anna.context().close();
  await admin.context().close();
});
