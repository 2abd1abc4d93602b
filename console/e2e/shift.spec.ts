import { Caller } from "./caller";
import { hears, hearsNot } from "./ears";
import { agentReady, expect, test } from "./test";

test("an agent's shift: answer, hold, ask a colleague, pass on, wrap up [S7.11, S7.25, S7.29, S12.3, S16.1, V2]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const caller = Caller.dial(centre, "1001", { hz: 440 });

  // The offer says who and for what, before one answers.
  const offer = anna.getByRole("alertdialog");
  await expect(offer).toContainText("Carla Caller");
  await expect(offer).toContainText("support");
  await expect(offer).not.toContainText("015112345678");
  await offer.getByRole("button", { name: "Answer" }).click();
  const call = anna.getByRole("region", { name: "In a call" });
  await expect(call).toBeVisible();
  await hears(anna, 440);

  // Hold and back.
  await call.getByRole("button", { name: "Hold" }).click();
  await expect(call).toContainText("On hold for");
  await hearsNot(anna, 440);
  await call.getByRole("button", { name: "Resume" }).click();
  await expect(call).not.toContainText("On hold for");
  await hears(anna, 440);

  // Muted, one is told when one talks all the same: the microphone of these tests beeps.
  await anna.keyboard.press("Alt+M");
  await expect(call.getByRole("button", { name: "Unmute" })).toBeVisible();
  await anna.keyboard.press("Alt+M");
  await expect(call.getByRole("button", { name: "Mute", exact: true })).toBeVisible();

  // Ask a colleague, then hand over.
  const bernd = await agentReady(browser, centre, "Bernd");
  await call.getByRole("button", { name: "Transfer" }).click();
  await call.getByRole("button", { name: /Bernd Agent/ }).click();
  await call.getByRole("button", { name: "Ask first" }).click();
  await bernd.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await expect(call).toContainText("You are asking Bernd Agent");
  await expect(bernd.getByText("Anna Agent asks you")).toBeVisible();
  await call.getByRole("button", { name: "Complete transfer" }).click();
  await hears(bernd, 440);

  // What it was about; then ready again.
  await anna.getByRole("button", { name: /^Presence: Wrap-up/ }).waitFor();
  await anna.getByRole("button", { name: "30 s more" }).click();
  await anna.getByRole("button", { name: "Billing" }).click();
  await anna.getByRole("button", { name: "Refund" }).click();
  await anna.getByLabel("Note for whoever speaks with them next").fill("Wants the money back by Friday.");
  await anna.getByRole("button", { name: "Done, ready" }).click();
  await anna.getByRole("button", { name: /^Presence: Ready/ }).waitFor();

  await bernd.getByRole("button", { name: "Hang up" }).click();
  await caller.hungUp();
  await bernd.getByRole("button", { name: /^Presence: Wrap-up/ }).waitFor();
  // The timeline tells it in words.
  await anna.locator(".row").first().click();
  await expect(anna.getByRole("list", { name: "What was said and what happened" })).toContainText("Waits in support");
  await anna.context().close();
  await bernd.context().close();
});

test("a reload in the middle of a call keeps the call [S16.1, V2]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const caller = Caller.dial(centre, "1001", { hz: 500 });
  await anna.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await hears(anna, 500);
  await anna.reload();
  const call = anna.getByRole("region", { name: "In a call" });
  await expect(call).toBeVisible({ timeout: 30_000 });
  await hears(anna, 500);
  await expect(call.getByRole("button", { name: "Hang up" })).toBeEnabled();
  await call.getByRole("button", { name: "Hang up" }).click();
  await caller.hungUp();
  await anna.context().close();
});

test("the check before the shift calls the house and says whether sound works [S16.14, V2]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  await anna.getByRole("button", { name: /^Telephone and sound/ }).click();
  await anna.getByRole("button", { name: "Begin the check" }).click();
  await expect(anna.getByText("Speak now")).toBeVisible();
  await expect(anna.getByText("Your voice came back: sound works both ways.")).toBeVisible({ timeout: 30_000 });
  await expect(anna.getByText("You are ready for calls.")).toBeVisible();
  await anna.context().close();
});

test("an agent calls out, and the page picks up by itself [V14]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const bernd = await agentReady(browser, centre, "Bernd");
  await anna.keyboard.press("Alt+P");
  await expect(anna.getByLabel("Number or extension")).toBeFocused();
  await anna.getByLabel("Number or extension").fill("2002");
  await anna.getByRole("button", { name: /Dial$/ }).click();
  await bernd.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await expect(anna.getByRole("region", { name: "In a call" })).toBeVisible();
  await anna.keyboard.press("Alt+X");
  await expect(anna.getByRole("region", { name: "In a call" })).toBeHidden();
  await anna.context().close();
  await bernd.context().close();
});
