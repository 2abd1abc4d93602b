import { describe, expect, it } from "vitest";
import { step, type Cursor } from "./cursor";
import { read, type Line } from "./line";

const event = (seq: number): Line => ({ type: "presence_changed", seq, at: 1, data: {} });

function follow(from: Cursor, lines: Line[]) {
  let cursor = from;
  const heard: number[] = [];
  let resets = 0;
  for (const line of lines) {
    const next = step(cursor, line);
    cursor = next.cursor;
    if (next.happened) heard.push(next.happened.seq);
    if (next.reset) resets += 1;
  }
  return { cursor, heard, resets };
}

describe("the cursor", () => {
  it("begins where the server says", () => {
    expect(follow(null, [{ type: "cursor", seq: 40 }, event(41)])).toEqual({ cursor: 41, heard: [41], resets: 0 });
  });
  it("hears what comes twice once", () => {
    expect(follow(40, [event(41), event(41), event(42), event(41)]).heard).toEqual([41, 42]);
  });
  it("does not go back when something comes late", () => {
    expect(follow(40, [event(43), event(41), event(44)])).toEqual({ cursor: 44, heard: [43, 44], resets: 0 });
  });
  it("takes a gap for what is not ours", () => {
    expect(follow(40, [event(45), { type: "cursor", seq: 60 }, event(61)])).toEqual({ cursor: 61, heard: [45, 61], resets: 0 });
  });
  it("never lets a cursor take it back", () => {
    expect(follow(40, [event(45), { type: "cursor", seq: 41 }]).cursor).toBe(45);
  });
  it("begins anew when the past is gone, also at a lower number", () => {
    const { cursor, heard, resets } = follow(900, [{ type: "reset", seq: 12, reason: "unknown" }, event(13)]);
    expect({ cursor, heard, resets }).toEqual({ cursor: 13, heard: [13], resets: 1 });
  });
});

describe("a line", () => {
  it.each(["", "{", "null", "7", "{}", '{"type":"caption"}', '{"type":"caption","seq":"1"}', '{"type":"caption","seq":1,"at":1,"data":null}'])(
    "that is none is skipped: %s",
    (text) => expect(read(text)).toBeNull(),
  );
  it("that has no number tells something and moves nothing", () => {
    const typing = read('{"type":"typing","data":{"conversation":"c"}}');
    const next = typing && step(40, typing);
    expect([next?.cursor, next?.happened?.type, next?.reset]).toEqual([40, "typing", false]);
    expect(read('{"type":"typing"}')).toBeNull();
    expect(read('{"type":"looking","data":{"conversation":"c","page":"https://shop.example/"}}')?.type).toBe("looking");
  });
  it("is read", () => {
    expect(read('{"type":"cursor","seq":7}')).toEqual({ type: "cursor", seq: 7 });
    expect(read('{"type":"caption","seq":8,"at":1,"data":{"text":"hello"}}')).toMatchObject({ seq: 8 });
  });
});
