import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { agentReady, expect, signedIn, test } from "./test";

/** A WAV (PCM, 16 bits, mono) of a tone. */
function wav(hz: number, seconds: number, rate = 44_100): Buffer {
  const count = Math.round(rate * seconds);
  const bytes = Buffer.alloc(44 + count * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + count * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(count * 2, 40);
  for (let n = 0; n < count; n += 1) bytes.writeInt16LE(Math.round(Math.sin((2 * Math.PI * hz * n) / rate) * 8_000), 44 + n * 2);
  return bytes;
}

async function shots(page: Page, name: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.screenshot({ path: `e2e/shots/${name}-en-${theme}.png` });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: `e2e/shots/${name}-en-${theme}-390.png` });
    await page.setViewportSize({ width: 1366, height: 800 });
  }
  const found = await new AxeBuilder({ page }).analyze();
  const grave = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), name).toEqual([]);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "no-preference" });
}

test("a prompt is uploaded, recorded in the browser, heard, and an older take chosen again [S13.3]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Prompts" }).click();
  await page.getByRole("button", { name: "New prompt" }).click();
  const dialog = page.getByRole("dialog");
  const id = dialog.getByLabel("Name");
  await id.fill("Sales Spring");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await expect(dialog.getByText(/Small letters, figures, single points/)).toBeVisible();
  await id.fill("sales.spring");
  await dialog.getByRole("button", { name: "Go on" }).click();
  const sheet = page.getByRole("dialog").filter({ hasText: "sales.spring" });
  await expect(sheet.getByText("Nothing. Upload or record it below.")).toBeVisible();

  // What is no sound is told by its content, and nothing comes of it.
  const file = sheet.locator("input[type=file]");
  await file.setInputFiles({ name: "greeting.wav", mimeType: "audio/wav", buffer: Buffer.from("<!doctype html><p>no sound</p>") });
  await expect(sheet.getByText(/This is no sound that can be played/)).toBeVisible();
  await file.setInputFiles({ name: "greeting.wav", mimeType: "audio/wav", buffer: Buffer.alloc(0) });
  await expect(sheet.getByText("The file is empty.")).toBeVisible();
  await shots(page, "prompt-refused");

  await file.setInputFiles({ name: "greeting.wav", mimeType: "audio/wav", buffer: wav(440, 1.5) });
  const takes = sheet.getByRole("region", { name: "Takes" }).getByRole("listitem");
  await expect(takes).toHaveCount(1);
  await expect(takes.first()).toContainText("callers hear this");
  await expect(sheet.getByText(/This is no sound/)).toHaveCount(0);
  const heard = await sheet.locator("audio").evaluate(async (audio: HTMLAudioElement) => {
    audio.muted = true;
    await audio.play();
    return audio.duration;
  });
  expect(heard).toBeGreaterThan(1.3);
  expect(heard).toBeLessThan(1.7);

  // The browser's microphone hums.
  await sheet.getByRole("button", { name: "Record here" }).click();
  await expect(sheet.getByText("Recording", { exact: false }).first()).toBeVisible();
  await expect(sheet.getByText(/0:0[2-9]/)).toBeVisible();
  await page.screenshot({ path: "e2e/shots/prompt-recording-en-light.png" });
  await sheet.getByRole("button", { name: "Stop" }).click();
  await expect(sheet.getByLabel("Your take")).toBeVisible();
  await sheet.getByRole("button", { name: "Once more" }).click();
  await expect(sheet.getByText(/0:0[2-9]/)).toBeVisible();
  await sheet.getByRole("button", { name: "Stop" }).click();
  await sheet.getByRole("button", { name: "Use it" }).click();
  await expect(takes).toHaveCount(2);
  await expect(takes.first()).toContainText("Take 2");
  await expect(takes.first()).toContainText("webm opus");
  await expect(takes.first()).toContainText("callers hear this");
  await shots(page, "prompt-takes");

  await sheet.getByRole("button", { name: "Use: Take 1" }).click();
  await expect(takes.nth(1)).toContainText("callers hear this");
  await sheet.getByRole("button", { name: "Delete: Take 2" }).click();
  await page.locator(".ant-popover").getByRole("button", { name: "Delete" }).click();
  await expect(takes).toHaveCount(1);
  await page.keyboard.press("Escape");

  // What a language lacks is a gap, and stands first.
  await page.getByText("Gaps", { exact: true }).click();
  const rows = page.getByRole("table").getByRole("row").filter({ hasText: "sales.spring" });
  await expect(rows.getByRole("button", { name: "sales.spring, English: recorded" })).toBeVisible();
  await expect(rows.getByRole("button", { name: "sales.spring, Chinese: nothing" })).toBeVisible();
  await expect(page.getByText("1 missing: callers hear nothing")).toBeVisible();
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "List to record" }).last().click();
  expect((await saved).suggestedFilename()).toBe("prompts-zh-CN.tsv");
  await page.context().close();
});

test("a prompt is spoken into a telephone, and its take comes by itself [S13.3]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Prompts" }).click();
  await page.getByRole("button", { name: "New prompt" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("sales.autumn");
  await page.getByRole("dialog").getByRole("button", { name: "Go on" }).click();
  const sheet = page.getByRole("dialog").filter({ hasText: "sales.autumn" });
  const byPhone = sheet.getByRole("button", { name: "Record by telephone" });
  // Who has no telephone says whose is to ring.
  await expect(byPhone).toBeDisabled();
  await sheet.getByLabel("At extension").fill("2001");
  await byPhone.click();
  await expect(sheet.getByText("The telephone of 2001 rings")).toBeVisible();
  await anna.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await anna.getByRole("button", { name: "Hang up" }).waitFor();
  await shots(page, "prompt-by-telephone");
  // The house says what is recorded, beeps, and hears the microphone of these tests. Who hangs up leaves a take that no caller hears.
  const lasted = async () => {
    const [minutes = 0, seconds = 0] = (await anna.locator(".call-clock time").innerText()).split(":").map(Number);
    return minutes * 60 + seconds;
  };
  await expect.poll(lasted, { timeout: 90_000 }).toBeGreaterThan(24);
  await anna.getByRole("button", { name: "Hang up" }).click();
  const takes = sheet.getByRole("region", { name: "Takes" }).getByRole("listitem");
  await expect(takes).toHaveCount(1);
  await expect(takes.first()).toContainText("by telephone");
  await expect(takes.first()).not.toContainText("callers hear this");
  await expect(sheet.getByText("Take 1 has come by telephone.")).toBeVisible();
  await sheet.getByRole("button", { name: "Use: Take 1" }).click();
  await expect(takes.first()).toContainText("callers hear this");
  await anna.context().close();
  await page.context().close();
});
