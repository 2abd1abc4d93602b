import { expect, it } from "vitest";
import { withClips } from "./clips";

const line = (seq: number, text: string, more: { transcript?: string; file?: string } = {}) => ({
  seq,
  text,
  transcript: more.transcript ?? null,
  attachments: more.file ? [{ id: more.file, name: "note.webm", kind: "sound", mime: "audio/webm", bytes: 9, transcript: null }] : [],
});

it("puts what was said in a sound under it, wherever its lines stand", () => {
  const { rows, said } = withClips([line(1, "", { file: "a" }), line(2, "hello"), line(3, "the lamp", { transcript: "a" }), line(4, "is broken", { transcript: "a" })]);
  expect(rows.map((one) => one.seq)).toEqual([1, 2]);
  expect(said.get("a")).toBe("the lamp is broken");
});

it("leaves alone what was said in a call, and shows nothing of what was taken back", () => {
  const { rows, said } = withClips([line(1, ""), line(2, "good day", { transcript: "call" }), line(3, "", { transcript: "a" })]);
  expect(rows.map((one) => one.seq)).toEqual([1, 2]);
  expect(said.size).toBe(0);
});
