import { describe, expect, it } from "vitest";
import { asked, query, written } from "./asked";

const NOW = new Date(2026, 10, 22, 15, 30);
const CALLS = ["queue", "hour", "detail", "channel", "inbox", "tag", "segment"];

describe("a report", () => {
  it("goes into the address and comes back", () => {
    const text = "metric=queued&days=30&by=tag&channel=phone&inbox=i&tag=t&segment=s&internal=only";
    expect(written(asked(new URLSearchParams(text))).toString()).toBe(text);
    expect(asked(new URLSearchParams("days=12")).days).toBe(7);
  });

  it("begins at a midnight of the reader's", () => {
    const wish = asked(new URLSearchParams("metric=queued&days=7&by=inbox&channel=phone"));
    expect(query(wish, CALLS, NOW)).toEqual({
      from: new Date(2026, 10, 16).getTime(),
      zone: -NOW.getTimezoneOffset(),
      by: "inbox",
      channel: "phone",
    });
  });

  it("leaves help desks out unless somebody chooses them", () => {
    const internal = (text: string, by: readonly string[]) => (query(asked(new URLSearchParams(text)), by, NOW) as { internal?: string }).internal;
    expect(internal("metric=queued", CALLS)).toBeUndefined();
    expect(internal("metric=queued&internal=sometimes", CALLS)).toBeUndefined();
    expect(internal("metric=queued&internal=include", CALLS)).toBe("include");
    expect(internal("metric=time_ready&internal=only", ["agent", "hour"])).toBeUndefined();
  });

  it("asks a metric nothing that it cannot be told by", () => {
    const wish = asked(new URLSearchParams("metric=time_ready&by=inbox&inbox=i"));
    expect(query(wish, ["agent", "hour", "detail"], NOW)).toEqual({ from: new Date(2026, 10, 16).getTime(), zone: -NOW.getTimezoneOffset(), by: "agent" });
  });
});
