import { describe, expect, it } from "vitest";
import { given, inWords, leadsTo } from "./data";

const told = (kind: string, channels: string[], place = "") => ({
  type: "notice_given",
  seq: 1,
  at: 1,
  data: { kind, channels, place, texts: { en: "hello", "zh-CN": "您好" } },
});

describe("a notice that was given", () => {
  it("comes by the channels it names and no other [S13.16]", () => {
    expect(given(told("rating", ["list"]), "en")).toEqual({ sound: null, card: null, desktop: null });
    expect(given(told("rating", ["sound"]), "en")).toEqual({ sound: "message", card: null, desktop: null });
    expect(given(told("rating", ["desktop"]), "zh")).toEqual({ sound: null, card: "您好", desktop: "您好" });
    expect(given(told("ticket_overdue", ["sound"]), "en")?.sound).toBe("overdue");
  });
  it("of a call is the telephone's to show", () => {
    expect(given(told("enquiry", ["desktop"], "call:c"), "en")).toEqual({ sound: null, card: null, desktop: null });
    expect(given(told("enquiry", ["desktop"], "conversation:c"), "en")?.desktop).toBe("hello");
  });
  it("is nothing else", () => {
    expect(given({ ...told("rating", []), type: "caption" }, "en")).toBeNull();
    expect(given({ ...told("rating", []), data: {} }, "en")).toBeNull();
  });
});

it("leads to what it is about", () => {
  expect(leadsTo("ticket:7")).toBe("/tickets/7");
  expect(leadsTo("conversation:7")).toBe("/desk");
  expect(leadsTo("security")).toBe("/security");
  expect(leadsTo("")).toBeNull();
  expect(inWords({ en: "hello" }, "zh")).toBe("hello");
});
