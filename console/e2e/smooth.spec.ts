import type { Locator, Page } from "@playwright/test";
import { apiOf } from "./api";
import { Centre } from "./centre";
import { expect, signedIn, test } from "./test";

const CONVERSATIONS = 500;
const LINES = 10_000;
/** What a screen shows, and some around it; however long the list is. */
const ROWS = 120;
/** Milliseconds of half of the frames at most, on a machine that is busy with more than this page. */
const FRAME = 100;

/** Turn the wheel over a box until its last row is there; gives the most rows that were drawn at a time, and how long frames took, the shortest first. */
async function down(page: Page, box: Locator, last: number): Promise<{ most: number; turns: number; nodes: number; frames: number[] }> {
  await box.hover();
  await page.evaluate(() => {
    const frames: number[] = [];
    let before = performance.now();
    const frame = (now: number) => {
      frames.push(now - before);
      before = now;
      if (Object.hasOwn(window, "watched")) requestAnimationFrame(frame);
    };
    Object.assign(window, { watched: frames });
    requestAnimationFrame(frame);
  });
  let [most, turns, nodes] = [0, 0, 0];
  await expect
    .poll(
      async () => {
        await page.mouse.wheel(0, 20_000);
        turns += 1;
        // After a frame in which it was drawn.
        const seen = await box.evaluate(async (at) => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const rows = [...at.querySelectorAll("[data-row]")];
          const end = Number(rows.at(-1)?.getAttribute("aria-posinset"));
          return { rows: rows.length, end, nodes: document.querySelectorAll("*").length };
        });
        most = Math.max(most, seen.rows);
        nodes = Math.max(nodes, seen.nodes);
        return seen.end;
      },
      { timeout: 120_000, intervals: [20], message: "the end is reached" },
    )
    .toBeGreaterThanOrEqual(last);
  const frames = await page.evaluate(() => {
    const { watched } = window as unknown as { watched: number[] };
    Reflect.deleteProperty(window, "watched");
    return watched.sort((a, b) => a - b);
  });
  return { most, turns, nodes, frames };
}

const share = (frames: number[], of: number) => Math.round(frames[Math.floor(frames.length * of)] ?? 0);

test("500 conversations and 10,000 lines are drawn a screen at a time, frame after frame [S16.1, S16.14]", async ({ browser }) => {
  test.setTimeout(400_000);
  const centre = await Centre.start([], { RINGDESK_DEMO_PACK: "crowd" });
  const anna = await signedIn(browser, centre, "Anna");
  const api = await apiOf(anna, centre);
  const [newest] = await api.get<{ id: string }[]>("conversations?limit=1");
  // What was said, and what happened in the call.
  const rest = await api.get<object[]>(`conversations/${newest?.id}/messages?after=${LINES}`);
  await anna.goto(`${centre.url}/desk`);

  const list = anna.locator(".conversations");
  await expect(list.locator("[data-row]").first()).toBeVisible();
  const before = await anna.evaluate(() => document.querySelectorAll("*").length);
  const listed = await down(anna, list, CONVERSATIONS);
  expect(listed.most).toBeLessThan(ROWS);
  expect(await list.locator("[data-row]").last().getAttribute("aria-setsize")).toBe(String(CONVERSATIONS + 1));
  await anna.screenshot({ path: "e2e/shots/desk-crowd-en-light.png" });

  expect(share(listed.frames, 0.5), "the list moves").toBeLessThanOrEqual(FRAME);

  // The newest stands on top again, with all that was said in it.
  await list.evaluate((at) => at.scrollTo(0, 0));
  await list.locator(".row").first().click();
  const timeline = anna.locator(".timeline");
  await expect(timeline.locator("[data-row]").first()).toBeVisible();
  const read = await down(anna, timeline, LINES + rest.length);
  expect(read.most).toBeLessThan(ROWS);
  expect(share(read.frames, 0.5), "the lines move").toBeLessThanOrEqual(FRAME);
  await expect(timeline).toContainText(`Line ${LINES - 1}:`);
  await anna.screenshot({ path: "e2e/shots/timeline-crowd-en-light.png" });
  // Back up again in one jump: nothing is left behind.
  await timeline.evaluate((at) => at.scrollTo(0, 0));
  await expect(timeline).toContainText("Line 0:");
  const after = await anna.evaluate(() => document.querySelectorAll("*").length);
  expect(after).toBeLessThan(before + ROWS * 6);
  process.stdout.write(
    `of ${CONVERSATIONS} conversations at most ${listed.most} rows were drawn in ${listed.turns} turns of the wheel, ` +
      `of ${LINES} lines at most ${read.most} in ${read.turns}; ${before} nodes before, ${Math.max(listed.nodes, read.nodes)} at most, ${after} after; ` +
      `half of the frames within ${share(listed.frames, 0.5)} and ${share(read.frames, 0.5)} ms, 95 % within ${share(listed.frames, 0.95)} and ${share(read.frames, 0.95)}\n`,
  );
  await anna.context().close();
  await centre.stop();
});
