import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { Caller } from "./caller";
import { hears } from "./ears";
import { agentReady, expect, signedIn, test } from "./test";

const NUMBER = "015198765432";
/** In any form in which it may travel. */
const IN_FULL = "5198765432";

/** Everything that reaches the browser: what the telephone hears, events, and answers of the API. */
function overhear(page: Page): string[] {
  const heard: string[] = [];
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => heard.push(payload.toString())));
  page.on("response", (answer) => {
    if (!answer.url().includes("/api/")) return;
    void answer.text().then(
      (text) => heard.push(text),
      () => undefined,
    );
  });
  return heard;
}

async function backToReady(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Presence: Wrap-up/ }).waitFor();
  await page.getByRole("button", { name: "Billing" }).click();
  await page.getByRole("button", { name: "Refund" }).click();
  await page.getByLabel("Note for whoever speaks with them next").fill("Wants the money back by Friday.");
  await page.getByRole("button", { name: "Done, ready" }).click();
  await page.getByRole("button", { name: /^Presence: Ready/ }).waitFor();
}

test("an offer says who it is and what was before, and nothing tells the browser the number [S6.5, S9.7, S12.3]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  // From the first request and the first message of the telephone on.
  const heard = overhear(anna);
  await anna.reload();
  await anna.locator("[data-phone=ready]").waitFor();

  const first = Caller.dial(centre, "1001", { from: NUMBER, name: NUMBER, hz: 440 });
  const offer = anna.getByRole("alertdialog");
  await expect(offer).toContainText("First conversation with us");
  await expect(offer).toContainText("432");
  await expect(offer).toContainText("support");
  await expect(offer).toContainText(/rings for \d+ s more/);
  await offer.getByRole("button", { name: "Answer" }).click();
  await hears(anna, 440);
  await anna.getByRole("button", { name: "Treat with particular care" }).click();
  await expect(anna.getByRole("button", { name: "No particular care any more" })).toBeVisible();
  await anna.getByRole("region", { name: "In a call" }).getByRole("button", { name: "Hang up" }).click();
  await first.hungUp();
  await backToReady(anna);

  const second = Caller.dial(centre, "1001", { from: NUMBER, name: "Carla Caller", hz: 440 });
  await expect(offer).toContainText("Carla Caller");
  await expect(offer).toContainText("VIP");
  await expect(offer.getByRole("list", { name: "Earlier conversations" })).toContainText("Billing / Refund");
  await expect(offer).toContainText("Wants the money back by Friday.");
  await anna.screenshot({ path: "e2e/shots/offer-en-light.png" });
  await anna.setViewportSize({ width: 390, height: 844 });
  await anna.screenshot({ path: "e2e/shots/offer-en-light-390.png" });
  await anna.setViewportSize({ width: 1366, height: 800 });
  await offer.getByRole("button", { name: "Answer" }).click();
  await hears(anna, 440);
  await anna.screenshot({ path: "e2e/shots/talk-en-light.png" });
  await anna.reload();
  await expect(anna.getByRole("region", { name: "In a call" })).toBeVisible({ timeout: 30_000 });
  await hears(anna, 440);
  await anna.getByRole("region", { name: "In a call" }).getByRole("button", { name: "Hang up" }).click();
  await second.hungUp();
  await backToReady(anna);

  expect(heard.some((text) => text.startsWith("INVITE ")), "the telephone was overheard").toBe(true);
  expect(heard.some((text) => text.includes('"work_offered"')), "events were").toBe(true);
  expect(heard.some((text) => text.includes('"participations"')), "answers were").toBe(true);
  expect(heard.filter((text) => text.includes(IN_FULL)).map((text) => text.slice(0, 300))).toEqual([]);
  await anna.context().close();
});

test("a queue whose calls are picked up by themselves [S7.11, S16.1]", async ({ browser, centre }) => {
  const adam = await signedIn(browser, centre, "Adam");
  const api = await apiOf(adam, centre);
  const queues = await api.get<{ id: string; name: string }[]>("queues");
  const support = queues.find((queue) => queue.name === "support")?.id ?? "";
  const set = async (on: boolean) => {
    const { version } = await api.get<{ version: number }>(`queues/${support}`);
    await api.send("PUT", `queues/${support}`, { auto_answer: on, replaces: version });
  };
  await set(true);
  const anna = await agentReady(browser, centre, "Anna");
  const caller = Caller.dial(centre, "1001", { hz: 520 });
  // Nobody presses anything.
  const call = anna.getByRole("region", { name: "In a call" });
  await expect(call).toContainText("support");
  await hears(anna, 520);
  await call.getByRole("button", { name: "Hang up" }).click();
  await caller.hungUp();
  await set(false);
  await anna.context().close();
  await adam.context().close();
});
