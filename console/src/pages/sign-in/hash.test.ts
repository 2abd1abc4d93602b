import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hasher, search } from "./hash";

const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, "0")).join("");

describe("the hash", () => {
  it.each([0, 1, 9, 44, 45, 46, 53, 54, 55, 63, 64, 65, 83, 118, 119, 127, 200])("of a beginning of %i bytes is that of everybody else", (length) => {
    const beginning = "s".repeat(length);
    const hash = hasher(beginning);
    for (const number of [0, 7, 131_072, 4_294_967_296]) {
      expect(hex(hash(number))).toBe(createHash("sha256").update(`${beginning}${number}`).digest("hex"));
    }
  });
});

describe("the search", () => {
  it("finds a number whose hash begins with zeros, and goes on where it was [S12.16]", () => {
    const seed = "ab".repeat(41);
    const found = search(seed, 10, 0, 1_000_000);
    expect(found).not.toBeNull();
    expect(createHash("sha256").update(`${seed}:${found}`).digest()[0]).toBe(0);
    expect(createHash("sha256").update(`${seed}:${found}`).digest().readUInt32BE(0) >>> 22).toBe(0);
    expect(search(seed, 10, 0, found ?? 0)).toBeNull();
    expect(search(seed, 10, found ?? 0, 1)).toBe(found);
  });
});
