import type { Locator, Page } from "@playwright/test";
import { apiOf } from "./api";
import { Centre } from "./centre";
import { expect, signedIn, test } from "./test";

const CALLS = 500;
/** In the newest call, and in the conversation by text after it. */
const SAID = 2_000;
const WRITTEN = 10_000;
/** What a screen shows, and some around it; however long the list is. */
const ROWS = 120;
/** Milliseconds of half of the frames at most, on a machine that is busy with more than this page. */
const FRAME = 100;

/** Turn the wheel over a box until its last row is there, or its first of so many; gives the most rows that were drawn at a time, and how long frames took, the shortest first. */
async function turn(page: Page, box: Locator, way: "down" | "up", last: number): Promise<{ most: number; turns: number; nodes: number; frames: number[] }> {
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
        await page.mouse.wheel(0, way === "down" ? 20_000 : -20_000);
        turns += 1;
        // After a frame in which it was drawn.
        const seen = await box.evaluate(async (at) => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const rows = [...at.querySelectorAll("[data-row]")];
          const end = Number(rows.at(-1)?.getAttribute("aria-posinset"));
          const begins = rows[0]?.getAttribute("aria-posinset") === "1";
          const all = Number(rows[0]?.getAttribute("aria-setsize"));
          return { rows: rows.length, end, begins: begins ? all : 0, nodes: document.querySelectorAll("*").length };
        });
        most = Math.max(most, seen.rows);
        nodes = Math.max(nodes, seen.nodes);
        return way === "down" ? seen.end : seen.begins;
      },
      { timeout: 120_000, intervals: [20], message: `all the way ${way}` },
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

test("500 conversations and 10,000 texts are drawn a screen at a time, frame after frame [S16.1, S16.14]", async ({ browser }) => {
  test.setTimeout(400_000);
  const centre = await Centre.start([], { RINGDESK_DEMO_PACK: "crowd" });
  const anna = await signedIn(browser, centre, "Anna");
  const api = await apiOf(anna, centre);
  const [text, call] = await api.get<{ id: string; channel: string }[]>("conversations?limit=2");
  expect([text?.channel, call?.channel]).toEqual(["api", "phone"]);
  await anna.goto(`${centre.url}/desk`);

  const list = anna.locator(".conversations");
  await expect(list.locator("[data-row]").first()).toBeVisible();
  const before = await anna.evaluate(() => document.querySelectorAll("*").length);
  const listed = await turn(anna, list, "down", CALLS + 1);
  expect(listed.most).toBeLessThan(ROWS);
  // With its heading.
  expect(await list.locator("[data-row]").last().getAttribute("aria-setsize")).toBe(String(CALLS + 2));
  await anna.screenshot({ path: "e2e/shots/desk-crowd-en-light.png" });

  const told = [`list of ${CALLS + 1}: at most ${listed.most} rows, frames of ${share(listed.frames, 0.5)} ms, 95 % within ${share(listed.frames, 0.95)}`];
  expect(share(listed.frames, 0.5), "the list moves").toBeLessThanOrEqual(FRAME);
  for (const [place, one, lines, way] of [[0, text, WRITTEN, "up"], [1, call, SAID, "down"]] as const) {
    // Beside what was said stands what happened.
    const rest = await api.get<object[]>(`conversations/${one?.id}/messages?after=${lines}`);
    await list.evaluate((at) => at.scrollTo(0, 0));
    await list.locator(".row").nth(place).click();
    const timeline = anna.locator(".timeline");
    // A talk by text is read from its end, a call from its beginning.
    const [begin, end] = [`Line ${way === "up" ? lines - 1 : 0}:`, `Line ${way === "up" ? 0 : lines - 1}:`];
    await expect(timeline).toContainText(begin);
    const read = await turn(anna, timeline, way, lines + rest.length);
    expect(read.most).toBeLessThan(ROWS);
    expect(read.nodes).toBeLessThan(before + ROWS * 12);
    expect(share(read.frames, 0.5), `${lines} lines move`).toBeLessThanOrEqual(FRAME);
    await expect(timeline).toContainText(end);
    await anna.screenshot({ path: `e2e/shots/timeline-crowd-${one?.channel}-en-light.png` });
    // Back again in one jump: nothing is left behind.
    await timeline.evaluate((at, to) => at.scrollTo(0, to === "up" ? at.scrollHeight : 0), way);
    await expect(timeline).toContainText(begin);
    expect(await anna.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(before + ROWS * 6);
    told.push(`${one?.channel} of ${lines} lines: at most ${read.most} rows in ${read.turns} turns, frames of ${share(read.frames, 0.5)} ms, 95 % within ${share(read.frames, 0.95)}`);
  }
  process.stdout.write(`${told.join("\n")}\n`);
  await anna.context().close();
  await centre.stop();
});
