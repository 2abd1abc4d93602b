import { describe, expect, it } from "vitest";
import { narrowed, narrowing, opened, opening, query, wanted, written } from "./wanted";

const all = "q=refund&sounds=en&speaker=contact&agent=a&queue=b&tag=t&channel=web_chat&inbox=i&segment=s&stars=2&from=2026-11-01&to=2026-11-02&silence=10&talk_over=3";

describe("what is wanted", () => {
  it("goes into the address and comes back", () => {
    const wish = wanted(new URLSearchParams(all));
    expect(written(wish).toString()).toBe(all);
    expect(narrowed(wish)).toBe(12);
  });

  it("also looks in what agents noted", () => {
    expect(query(wanted(new URLSearchParams("q=x&speaker=note&tag=t")))).toEqual({ q: "x", speaker: "note", tag: "t" });
  });

  it("asks for conversations by the same filters, without those of what was said", () => {
    const wish = wanted(new URLSearchParams("q=x&speaker=agent&sounds=zh&channel=phone&inbox=i&segment=s&stars=2&silence=9"));
    expect(narrowing(wish)).toEqual({ channel: "phone", inbox: "i", segment: "s", stars_most: 2 });
  });

  it("takes days as the reader means them, both inclusive", () => {
    const asked = query(wanted(new URLSearchParams("q=x&from=2026-11-01&to=2026-11-01")));
    expect(asked.from).toBe(new Date(2026, 10, 1).getTime());
    expect(asked.to).toBe(new Date(2026, 10, 2).getTime());
    expect("speaker" in asked).toBe(false);
  });

  it("believes no nonsense from an address", () => {
    const wish = wanted(new URLSearchParams("q=x&sounds=fr&speaker=me&from=today&silence=-1&talk_over=1e9&stars=9&channel=pigeon"));
    expect([wish.sounds, wish.speaker, wish.from, wish.silence, wish.talkOver, wish.stars, wish.channel]).toEqual(Array(7).fill(null));
  });
});

describe("what is open", () => {
  it("stands beside the search", () => {
    const search = new URLSearchParams("q=refund");
    const next = opening(search, { conversation: "c1", recording: "r1", ms: 5_100 });
    expect(next.toString()).toBe("q=refund&c=c1&r=r1&at=5100");
    expect(opened(next)).toEqual({ conversation: "c1", recording: "r1", ms: 5_100 });
    expect(opening(next, null).toString()).toBe("q=refund");
    expect(opened(new URLSearchParams("c=c1&at=-5"))).toEqual({ conversation: "c1", recording: null, ms: 0 });
    expect(opened(search)).toBeNull();
  });
});
