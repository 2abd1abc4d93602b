import { expect, it } from "vitest";
import { brought, MOST, type Brought, type Step } from "./attachments";
import { size } from "./size";

const after = (...steps: Step[]) => steps.reduce<readonly Brought[]>(brought, []);
const chosen = (key: string): Step => ({ type: "chosen", key, name: `${key}.png` });
const kept = { id: "1", name: "a.png", kind: "picture", mime: "image/png", bytes: 9, transcript: null };

it("follows each file on its way, also where they overtake each other", () => {
  const state = after(chosen("a"), chosen("b"), { type: "sent", key: "a", part: 0.5 }, { type: "kept", key: "b", kept }, { type: "refused", key: "a", why: "too large" });
  expect(state.map(({ key, part, kept, why }) => [key, part, kept?.id ?? null, why])).toEqual([
    ["a", 0.5, null, "too large"],
    ["b", 1, "1", null],
  ]);
});

it("forgets what is taken away or gone with a text, and takes no more than a text may bring", () => {
  expect(after(chosen("a"), chosen("b"), { type: "dropped", key: "a" }).map((one) => one.key)).toEqual(["b"]);
  expect(after(chosen("a"), chosen("b"), { type: "gone", keys: ["a", "b"] })).toEqual([]);
  expect(after(...Array.from({ length: MOST + 2 }, (_, n) => chosen(String(n))))).toHaveLength(MOST);
});

it("says sizes as people do", () => {
  expect([0, 1023, 1024, 1_500_000, 25 * 1024 * 1024].map(size)).toEqual(["0 B", "1023 B", "1 kB", "1.4 MB", "25.0 MB"]);
});
