import { bridge } from "./bridge";
import { agentReady, expect, signedIn, test } from "./test";

// Who is ready and what is offered to whom is this file's own business.
test.use({ apart: "text following" });

test("the newest text is on the screen, and who reads back is left where they are [S2.1, S16.1]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre);
  const anna = await agentReady(browser, centre, "Anna");
  await anna.getByRole("link", { name: "Desk", exact: true }).click();
  const mei = { id: "long-talk", name: "Mei Lin" };
  for (let n = 1; n <= 60; n += 1) await bring(mei, `Text ${n} of a long talk.`);
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const timeline = anna.locator(".timeline");
  const line = (text: string) => timeline.locator(".line").filter({ hasText: text });
  await expect(line("Text 60 of")).toBeInViewport();

  // Whatever comes, and whatever is answered.
  await bring(mei, "And one more thing.");
  await expect(line("And one more thing.")).toBeInViewport();
  const box = anna.getByRole("textbox", { name: "Write to them" });
  await box.fill("Which one?");
  await box.press("Enter");
  await expect(line("Which one?")).toBeInViewport();
  const newest = anna.getByRole("button", { name: "To the newest" });
  await expect(newest).toHaveCount(0);

  // Reading what was said before, one is not thrown back.
  await timeline.hover();
  await anna.mouse.wheel(0, -20_000);
  await expect(line("Text 1 of")).toBeInViewport();
  await bring(mei, "The blue one.");
  await expect(newest).toBeVisible();
  await anna.screenshot({ path: "e2e/shots/desk-reading-back-en-light.png" });
  await expect(line("Text 1 of")).toBeInViewport();
  await newest.click();
  await expect(line("The blue one.")).toBeInViewport();
  await expect(newest).toHaveCount(0);
});

test("of a long talk that was read back to its beginning only what is new is read [S2.1, S16.1]", async ({ browser, centre }) => {
  const admin = await signedIn(browser, centre, "Adam");
  const bring = await bridge(admin, centre, 600);
  const bernd = await agentReady(browser, centre, "Bernd");
  await bernd.getByRole("link", { name: "Desk", exact: true }).click();
  const mei = { id: "longer-talk", name: "Mei Long" };
  await bring(mei, "The first of very many.");
  for (let n = 0; n < 45; n += 1) await Promise.all(Array.from({ length: 10 }, (_, one) => bring(mei, `Line ${n * 10 + one} of very many.`)));
  await bernd.getByRole("button", { name: "Take", exact: true }).click();
  const timeline = bernd.locator(".timeline");
  const line = (text: string) => timeline.locator(".line").filter({ hasText: text });
  await timeline.hover();
  await expect(async () => {
    await bernd.mouse.wheel(0, -50_000);
    await expect(line("The first of very many.")).toBeInViewport({ timeout: 1_000 });
  }).toPass({ timeout: 60_000 });

  const read: string[] = [];
  bernd.on("request", (request) => {
    const asked = /\/conversations\/[\w-]+\/messages\?(.*)$/.exec(request.url())?.[1];
    if (request.method() === "GET" && asked) read.push(asked);
  });
  await bring(mei, "And the newest of them all.");
  await bernd.getByRole("button", { name: "To the newest" }).click();
  await expect(line("And the newest of them all.")).toBeInViewport();
  const places = read.map((asked) => Number(new URLSearchParams(asked).get("after") ?? 0));
  expect(places.length, "what came was read").toBeGreaterThan(0);
  expect(Math.min(...places), `only the end was read: ${read.join(" ")}`).toBeGreaterThan(400);
});
