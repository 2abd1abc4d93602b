import { apiOf } from "./api";
import { agentReady, expect, signedIn, test } from "./test";

// Who is offered what counts here, so nobody else's centre.
test.use({ apart: "files" });

/** A page of paper that says one thing. */
function pdf(says: string): Buffer {
  const stream = `BT /F1 24 Tf 20 100 Td (${says}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((one, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${one}\nendobj\n`;
    return at;
  });
  const table = text.length;
  const rows = places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  return Buffer.from(`${text}xref\n0 6\n0000000000 65535 f \n${rows}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF`, "latin1");
}

test("a shared file is sent without an upload, and a voice note is recorded in the chat [S3.1, S3.5, S3.7]", async ({ browser, centre }) => {
  // An administrator shares the price list.
  const admin = await signedIn(browser, centre, "Adam");
  await admin.goto(`${centre.url}/files`);
  await expect(admin.getByText("No shared file yet")).toBeVisible();
  await admin.locator("input[type=file]").first().setInputFiles({ name: "prices.pdf", mimeType: "application/pdf", buffer: pdf("Prices of spring") });
  const sheet = admin.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Title" }).fill("价格表");
  await sheet.getByRole("button", { name: "Save" }).click();
  await expect(admin.getByRole("button", { name: "价格表" })).toBeVisible();

  // A visitor asks by their voice: recorded, listened to, sent.
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const { id: inbox } = await api.send<{ id: string }>("POST", "text_inboxes", { name: "Shop", queue, site: { allowed: ["*"] } });
  const anna = await agentReady(browser, centre, "Anna");
  const context = await browser.newContext({ locale: "en-GB", permissions: ["microphone"] });
  const page = await context.newPage();
  await page.goto(`${centre.url}/widget/${inbox}`);
  await page.getByRole("button", { name: "Open chat" }).click();
  await page.getByRole("button", { name: "Record a voice note" }).click();
  // Until something of it is recorded.
  await expect(page.locator(".voice .call-clock")).not.toHaveText("0:00");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByLabel("Your voice note")).toBeVisible();
  await page.screenshot({ path: "e2e/shots/widget-voice-note-en-light.png" });
  await page.getByRole("button", { name: "Attach", exact: true }).click();
  await expect(page.getByRole("button", { name: /Take voice note/ })).toBeVisible();
  await page.getByRole("textbox", { name: "Your message" }).fill("What does it cost?");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.locator(".log .text").filter({ hasText: "What does it cost?" })).toBeVisible();

  // The agent hears it, sees what became of writing it down, and answers with the price list, found by pinyin.
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const asked = anna.locator(".line").filter({ hasText: "What does it cost?" });
  await expect(asked.getByLabel("voice note.webm")).toBeVisible();
  await expect(asked.locator(".file-sound [role=status], .file-said").first()).toBeVisible();
  await anna.getByRole("button", { name: "Shared files" }).click();
  await anna.getByRole("textbox", { name: /Search by title/ }).fill("jgb");
  await anna.getByRole("button", { name: /价格表/ }).click();
  await expect(anna.locator(".brought li").filter({ hasText: "prices.pdf" })).toContainText(/\d+ B/);
  await anna.getByRole("textbox", { name: "Write to them" }).fill("Here are our prices.");
  await anna.getByRole("button", { name: "Send", exact: true }).click();
  const answer = anna.locator(".line").filter({ hasText: "Here are our prices." });
  await answer.getByRole("button", { name: "Look at prices.pdf" }).click();
  const look = answer.getByTitle("prices.pdf");
  await expect(look).toBeVisible();
  const shown = await look.evaluate((frame: HTMLIFrameElement) => fetch(frame.src).then(async (got) => [got.status, got.headers.get("content-type"), (await got.text()).includes("Prices of spring")]));
  expect(shown).toEqual([200, "application/pdf", true]);
  await anna.screenshot({ path: "e2e/shots/desk-shared-file-en-light.png" });

  // The visitor has it, too; the administrator sees that it was used.
  await expect(page.getByRole("link", { name: "prices.pdf" })).toBeVisible();
  await admin.reload();
  await expect(admin.getByRole("row").filter({ hasText: "价格表" })).toContainText("everybody");
  await expect.poll(async () => (await api.get<{ uses: number }[]>("shared_files"))[0]?.uses).toBe(1);
  await context.close();
});
