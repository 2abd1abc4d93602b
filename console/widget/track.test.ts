import { describe, expect, it } from "vitest";
import { Track, type Consent, type Told } from "./track";

/** A page with a clock that stands, and a server that answers as it is told. */
function world(consent: Consent, agreed = false) {
  const sent: Told[] = [];
  const timers: (() => void)[] = [];
  const said: boolean[] = [];
  let now = 1_000;
  let ids = 0;
  let answer: "taken" | "again" | "refused" = "taken";
  const track = new Track(consent, {
    now: () => now,
    id: () => String(++ids),
    soon: (run) => timers.push(run),
    send: (events) => {
      if (answer === "taken") sent.push(...events);
      return Promise.resolve(answer);
    },
    agree: (agrees) => {
      said.push(agrees);
      return Promise.resolve(true);
    },
    agreed,
  });
  return {
    track,
    sent,
    said,
    later: (ms: number) => (now += ms),
    answers: (next: typeof answer) => (answer = next),
    /** Everything that is due. */
    run: async () => {
      for (const timer of timers.splice(0)) {
        timer();
        await Promise.resolve();
        await Promise.resolve();
      }
    },
  };
}

const kinds = (events: readonly Told[]) => events.map((one) => one.kind);

describe("the way of a visitor [S9.13]", () => {
  it("is nobody's business before they agree, and then only from there on", async () => {
    const { track, sent, said, run } = world("asked");
    track.came("https://shop.example/", "Shop");
    track.did({ kind: "click", name: "buy", page: "https://shop.example/" });
    track.end();
    await run();
    expect(sent).toEqual([]);
    track.came("https://shop.example/boots", "Boots");
    const agreed = track.agrees(true);
    track.did({ kind: "event", name: "cart", page: "https://shop.example/boots", fields: { item: "boots" } });
    await agreed;
    await run();
    expect([said, kinds(sent)]).toEqual([[true], ["page", "event"]]);
    expect(sent[0]).toMatchObject({ page: "https://shop.example/boots", title: "Boots" });
  });
  it("ends when they take it back", async () => {
    const { track, sent, said, run } = world("asked", true);
    track.came("https://shop.example/", "Shop");
    await track.agrees(false);
    track.did({ kind: "form", name: "order", page: "https://shop.example/" });
    await run();
    expect([said, sent]).toEqual([[false], []]);
  });
  it("is never kept where the inbox says never", async () => {
    const { track, sent, said, run } = world("never");
    await track.agrees(true);
    track.came("https://shop.example/", "Shop");
    await run();
    expect([said, sent]).toEqual([[], []]);
  });
  it("counts how long a page is looked at, not how long it is open", async () => {
    const { track, sent, later, run } = world("not_needed");
    track.came("https://shop.example/a", "A");
    later(3_000);
    track.visible(false);
    later(60_000);
    track.visible(true);
    later(500);
    track.came("https://shop.example/b", "B");
    track.came("https://shop.example/b", "B, with another title");
    await run();
    const left = sent.find((one) => one.kind === "left");
    expect([kinds(sent), left]).toEqual([["page", "left", "page"], expect.objectContaining({ id: "1", dwell_ms: 3_500 })]);
    expect(sent[0]).toMatchObject({ ago_ms: 63_500 });
    later(200);
    track.end();
    expect(sent.at(-1)).toMatchObject({ kind: "left", dwell_ms: 200 });
  });
  it("is told again when the server has no time, and not when it says no", async () => {
    const { track, sent, answers, run } = world("not_needed");
    answers("again");
    track.came("https://shop.example/a", "A");
    await run();
    expect(sent).toEqual([]);
    answers("taken");
    await run();
    expect(kinds(sent)).toEqual(["page"]);
    answers("refused");
    track.did({ kind: "click", name: "x", page: "https://shop.example/a" });
    await run();
    answers("taken");
    await run();
    expect(kinds(sent)).toEqual(["page"]);
  });
  it("goes in batches, and keeps the newest where nothing can be sent", async () => {
    const { track, sent, answers, run } = world("not_needed");
    answers("again");
    for (let n = 0; n < 100; n += 1) track.did({ kind: "click", name: String(n), page: "https://shop.example/" });
    await run();
    answers("taken");
    for (let n = 0; n < 4; n += 1) await run();
    expect([sent.length, sent[0], sent.at(-1)]).toMatchObject([60, { name: "40" }, { name: "99" }]);
  });
});
