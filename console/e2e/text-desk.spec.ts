import type { Page } from "@playwright/test";
import { bridge } from "./bridge";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready and what is offered to whom is this file's own business.
test.use({ apart: "text desk" });

test("a quick phrase is written down, found by the keyboard and sent with the names filled in [S2.5, S2.6]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  await admin.getByRole("link", { name: "Quick phrases" }).click();
  await admin.getByRole("button", { name: "Add category" }).click();
  await admin.getByRole("dialog").getByLabel("Title").fill("Delivery");
  await admin.getByRole("dialog").getByText("Whoever sees it may write in it").click();
  await admin.getByRole("dialog").getByRole("button", { name: "Create" }).click();
  await expect(admin.getByRole("button", { name: "Delivery", exact: true })).toBeVisible();
  const write = async (page: Page, code: string, title: string, text: string, chinese: string) => {
    await page.getByRole("button", { name: "Add phrase" }).click();
    const sheet = page.getByRole("dialog");
    await sheet.getByLabel("Short code").fill(code);
    await sheet.getByLabel("Title").fill(title);
    await sheet.getByLabel("English").fill(text);
    await sheet.getByLabel("Chinese").fill(chinese);
    return sheet;
  };
  let sheet = await write(admin, "parcel", "Parcel comes", "Hello {{contact.name}}, your parcel comes today. {{agent.name}}", "您的包裹今天到。");
  await sheet.getByRole("combobox", { name: "For whom" }).click();
  await admin.locator(".ant-select-item-option", { hasText: "Everybody" }).click();
  await sheet.getByRole("button", { name: "Create" }).click();
  await expect(admin.getByRole("button", { name: "/parcel" })).toBeVisible();
  await admin.screenshot({ path: "e2e/shots/quick-phrases-en-light.png" });

  // An agent's own, beside everybody's, which they only read.
  const anna = await agentReady(browser, centre, "Anna");
  await anna.getByRole("link", { name: "Quick phrases" }).click();
  await expect(anna.getByText("/parcel")).toBeVisible();
  await expect(anna.getByRole("button", { name: "/parcel" })).toHaveCount(0);
  sheet = await write(anna, "ticket", "Ticket number", "Your number is {{ticket.number}}.", "");
  await sheet.getByRole("button", { name: "Create" }).click();
  await expect(anna.getByRole("button", { name: "/ticket" })).toBeVisible();

  await anna.getByRole("link", { name: "Desk", exact: true }).click();
  await bring({ id: "phrase-visitor", name: "Mei Lin" }, "Where is my parcel?");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const box = anna.getByRole("textbox", { name: "Write to them" });
  const matches = anna.getByRole("listbox", { name: "Quick phrases" });
  for (const typed of ["/par", "/comes", "/bgjt"]) {
    await box.fill("");
    await box.pressSequentially(typed);
    await expect(matches.getByRole("option", { name: /\/parcel/ }), typed).toBeVisible();
  }
  await box.press("Escape");
  await expect(matches).toHaveCount(0);
  await box.fill("");
  await box.pressSequentially("/parc");
  await expect(matches.getByRole("option", { selected: true })).toContainText("/parcel");
  await anna.screenshot({ path: "e2e/shots/desk-phrases-en-light.png" });
  await box.press("Enter");
  await expect(box).toHaveValue(/^Hello Mei Lin, your parcel comes today\. Anna/);
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "Hello Mei Lin, your parcel comes today." })).toBeVisible();

  // What is missing is said before anything is sent.
  await box.pressSequentially("/ticket");
  await expect(matches.getByRole("option", { selected: true })).toContainText("/ticket");
  await box.press("Tab");
  await expect(box).toHaveValue("Your number is {{ticket.number}}.");
  await expect(anna.getByRole("alert").filter({ hasText: "{{ticket.number}}" })).toBeVisible();
  await box.press("Enter");
  await expect(anna.getByRole("button", { name: "Send", exact: true })).toBeDisabled();
  await box.fill("Your number is 17.");
  await box.press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "Your number is 17." })).toBeVisible();
  await expect(anna.locator(".line").filter({ hasText: "{{" })).toHaveCount(0);

  // A note is no answer: nothing is offered there.
  const note = anna.getByRole("textbox", { name: "Write a note" });
  await note.pressSequentially("/parcel");
  await expect(matches).toHaveCount(0);
  await expect(note).toHaveValue("/parcel");
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(box).toHaveCount(0);

  await admin.reload();
  await expect(admin.getByRole("row", { name: /\/parcel/ }).getByRole("cell", { name: "1", exact: true })).toBeVisible();
  await anna.context().close();
  await admin.context().close();
});

test("a conversation is passed on, refused, taken, shared and left [S7.9, S7.10, S7.12, S7.16, S7.21]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  const anna = await agentReady(browser, centre, "Anna");
  await bring({ id: "passed-visitor", name: "Lin Mei" }, "My kettle leaks.");
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const box = (page: Page) => page.getByRole("textbox", { name: "Write to them" });
  await expect(box(anna)).toBeVisible();
  const note = anna.getByRole("textbox", { name: "Write a note" });
  for (const text of ["Bought it in May.", "Speaks quietly."]) {
    await note.fill(text);
    await anna.getByRole("button", { name: "Keep" }).click();
    await expect(anna.locator(".notes li").filter({ hasText: text })).toBeVisible();
  }
  await anna.locator(".notes li").filter({ hasText: "Bought it in May." }).getByRole("button", { name: "Show to the next agent, too" }).click();
  await expect(anna.locator(".notes li").first()).toContainText("Bought it in May.");

  const bernd = await agentReady(browser, centre, "Bernd");
  const pass = async (page: Page, to: RegExp, act: string, reason = "") => {
    await page.getByRole("button", { name: "Pass on or ask to join" }).click();
    const panel = page.getByRole("group", { name: "To whom" });
    await panel.getByRole("button", { name: to }).click();
    if (reason) await panel.getByLabel("Reason (optional)").fill(reason);
    await panel.getByRole("button", { name: act }).click();
    await expect(panel).toHaveCount(0);
  };
  await pass(anna, /^Bernd/, "Pass on", "knows kettles");
  await expect(bernd.getByText(/Anna.* passes this on to you: knows kettles/)).toBeVisible();
  await bernd.screenshot({ path: "e2e/shots/desk-passed-en-light.png" });
  await bernd.getByRole("button", { name: "Leave it", exact: true }).click();
  await expect(anna.locator(".line").filter({ hasText: "did not take it (declined)" })).toBeVisible();
  await box(anna).fill("One moment, please.");
  await box(anna).press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "One moment, please." })).toBeVisible();

  // Taken: what was said, and the note that is for whoever comes next, are there at once.
  await pass(anna, /^Bernd/, "Pass on");
  await bernd.getByRole("button", { name: "Take", exact: true }).click();
  await expect(bernd.locator(".line").filter({ hasText: "My kettle leaks." })).toBeVisible();
  await expect(bernd.locator(".line").filter({ hasText: "One moment, please." })).toBeVisible();
  await expect(bernd.locator(".notes li").first()).toContainText("Bought it in May.");
  await expect(box(anna)).toHaveCount(0);

  // Two beside each other; one leaves, and it goes on.
  await pass(bernd, /^Anna/, "Ask to join");
  await expect(anna.getByText(/Bernd.* asks you to join/)).toBeVisible();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  await box(anna).fill("I looked it up.");
  await box(anna).press("Enter");
  await expect(bernd.locator(".line").filter({ hasText: "I looked it up." })).toBeVisible();
  await expect(bernd.getByText(/With you: Anna/)).toBeVisible();
  await bernd.getByRole("button", { name: "Leave it to them" }).click();
  await expect(box(bernd)).toHaveCount(0);
  await expect(anna.getByText(/With you:/)).toHaveCount(0);
  await box(anna).fill("A new one is on its way.");
  await box(anna).press("Enter");
  await expect(anna.locator(".line").filter({ hasText: "A new one is on its way." })).toBeVisible();
  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(box(anna)).toHaveCount(0);
  for (const page of [anna, bernd, admin]) await page.context().close();
});
