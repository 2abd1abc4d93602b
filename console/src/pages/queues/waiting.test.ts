import { describe, expect, it } from "vitest";
import { SILENT, waitingOf, waitingWish } from "./waiting";

describe("what callers who wait are told", () => {
  it("is read as it was written", () => {
    const said = { announce_ms: 30_000, callback: { after_ms: 60_000, above_ms: 300_000, tries: 2, again_ms: 600_000, hours: "0193", first: "caller" } };
    expect(waitingWish(waitingOf(said))).toEqual(said);
  });

  it("is nothing at first", () => {
    const none = { announce_ms: 0, callback: { after_ms: 0, above_ms: 0, tries: 3, again_ms: 900_000, hours: null, first: "agent" } };
    expect(waitingWish(SILENT)).toEqual(none);
    expect(waitingOf({})).toEqual(SILENT);
    expect(waitingOf(none)).toEqual(SILENT);
  });
});
