import type { Page } from "@playwright/test";
import { apiOf } from "./api";
import { Caller } from "./caller";
import { hears } from "./ears";
import { agentReady, expect, signedIn, test } from "./test";

// Leaves an agent in the wrap-up of a call that was cut.
test.use({ apart: "network" });

interface Event {
  type: string;
  seq: number;
  data: { callback?: string };
}

/** Every event that the page took, in the order in which it came, over however many sockets. */
function followed(page: Page): { events: Event[]; live: Promise<void> } {
  const events: Event[] = [];
  let told = () => {};
  const live = new Promise<void>((done) => {
    told = done;
  });
  page.on("websocket", (socket) => {
    if (!socket.url().includes("/events")) return;
    socket.on("framereceived", ({ payload }) => {
      const line = JSON.parse(payload.toString()) as Event;
      if (line.type === "cursor") told();
      else if (line.type !== "reset") events.push(line);
    });
  });
  return { events, live };
}

test("a network that is cut and comes back loses nothing and doubles nothing [S16.1, S16.5]", async ({ browser, centre }) => {
  const bernd = await signedIn(browser, centre, "Bernd");
  const api = await apiOf(bernd, centre);
  const support = (await api.get<{ id: string; name: string }[]>("queues")).find((queue) => queue.name === "support")?.id ?? "";
  let made = 0;
  const promise = async () => {
    made += 1;
    const due = Date.now() + 24 * 3_600_000;
    const body = { to: { number: `+49301234${100 + made}` }, due_from: due, owner: "queue", queue: support, note: `promise ${made}` };
    return (await api.send<{ id: string }>("POST", "callbacks", body)).id;
  };
  const anna = await signedIn(browser, centre, "Anna");
  const { events, live } = followed(anna);
  await anna.goto(`${centre.url}/desk`);
  await live;
  const loaded = await anna.evaluate(() => performance.timeOrigin);
  const wanted = [await promise(), await promise()];
  await expect(anna.getByText("promise 2")).toBeVisible();

  for (let turn = 0; turn < 3; turn += 1) {
    await anna.context().setOffline(true);
    await expect(anna.getByText("No connection. What you see may be old")).toBeVisible();
    if (turn === 0) await anna.screenshot({ path: "e2e/shots/desk-offline-en-light.png" });
    wanted.push(await promise(), await promise());
    await anna.context().setOffline(false);
    await expect(anna.getByText("No connection. What you see may be old")).toBeHidden();
    await expect(anna.getByText(`promise ${made}`, { exact: true })).toBeVisible();
    wanted.push(await promise());
    await expect(anna.getByText(`promise ${made}`, { exact: true })).toBeVisible();
  }
  const heard = events.filter((event) => event.type === "callback_changed").map((event) => event.data.callback);
  expect(heard, "each once, in order").toEqual(wanted);
  const numbers = events.map((event) => event.seq);
  expect(numbers, "numbers only go up").toEqual([...new Set(numbers)].sort((a, b) => a - b));
  for (let n = 1; n <= made; n += 1) await expect(anna.getByText(`promise ${n}`, { exact: true })).toHaveCount(1);
  expect(await anna.evaluate(() => performance.timeOrigin), "the page was not loaded again").toBe(loaded);
  await anna.context().close();
  await bernd.context().close();
});

test("a call goes on through a short cut, and the page says how it stands [S16.1]", async ({ browser, centre }) => {
  const anna = await agentReady(browser, centre, "Anna");
  const caller = Caller.dial(centre, "1001", { hz: 440 });
  await anna.getByRole("alertdialog").getByRole("button", { name: "Answer" }).click();
  await hears(anna, 440);
  await anna.context().setOffline(true);
  await expect(anna.getByText("No connection. What you see may be old")).toBeVisible();
  const call = anna.getByRole("region", { name: "In a call" });
  await expect(call).toBeVisible();
  await anna.context().setOffline(false);
  await expect(anna.getByText("No connection. What you see may be old")).toBeHidden();
  await hears(anna, 440);
  await call.getByRole("button", { name: "Hang up" }).click();
  await caller.hungUp();
  await anna.context().close();
});

test("a slow network shows that something is on its way, then all of it [S16.1]", async ({ browser, centre }) => {
  const anna = await signedIn(browser, centre, "Anna");
  const line = await anna.context().newCDPSession(anna);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", { offline: false, latency: 700, downloadThroughput: 60_000, uploadThroughput: 30_000 });
  const came = anna.goto(`${centre.url}/desk`);
  await expect(anna.locator(".ant-spin-spinning").first()).toBeVisible({ timeout: 60_000 });
  await came;
  await expect(anna.getByText("My conversations")).toBeVisible({ timeout: 60_000 });
  await expect(anna.locator(".ant-spin-spinning")).toHaveCount(0, { timeout: 60_000 });
  await expect(anna.getByText("No connection. What you see may be old")).toBeHidden();
  await anna.context().close();
});
