import type { Shown } from "../../api";

/**
 * What I have written and the server has not acknowledged yet, and what it has acknowledged but is not in the timeline that I see.
 * The name that I give to each makes sending it again harmless, so whatever gets lost on the way, I send again.
 */
export interface Outgoing {
  /** My own name for it. */
  name: string;
  text: string;
  /** What I have brought for it, by the server's names. */
  files: readonly string[];
  state: "sending" | "failed" | "stored";
  /** Its number, once it has one. */
  seq: number | null;
}

export type Step =
  | { type: "written"; name: string; text: string; files: readonly string[] }
  | { type: "stored"; name: string; seq: number }
  | { type: "failed"; name: string }
  | { type: "again"; name: string }
  | { type: "dropped"; name: string };

export function outgoing(state: readonly Outgoing[], step: Step): readonly Outgoing[] {
  const change = (to: Partial<Outgoing>) => state.map((one) => (one.name === step.name && one.state !== "stored" ? { ...one, ...to } : one));
  switch (step.type) {
    case "written":
      return state.some((one) => one.name === step.name) ? state : [...state, { name: step.name, text: step.text, files: step.files, state: "sending", seq: null }];
    case "stored":
      return change({ state: "stored", seq: step.seq });
    case "failed":
      return change({ state: "failed" });
    case "again":
      return change({ state: "sending" });
    case "dropped":
      return state.filter((one) => one.name !== step.name || one.state === "stored");
  }
}

/** What is to be shown after the timeline: what is not in it. */
export const notYetIn = (lines: readonly { seq: number }[], state: readonly Outgoing[]): readonly Outgoing[] => {
  const there = new Set(lines.map((line) => line.seq));
  return state.filter((one) => one.seq === null || !there.has(one.seq));
};

/** Pages may overlap when they are read anew, and come in any order: each line once, by its number. */
export function inOrder<Line extends { seq: number }>(pages: readonly (readonly Line[])[]): Line[] {
  const bySeq = new Map<number, Line>();
  for (const line of pages.flat()) bySeq.set(line.seq, line);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** Of a text of ours: what there is to say of it. */
export const wayOf = (line: Pick<Shown["MessageReply"], "state" | "seq">, cursors: { delivered: number; read: number }) => {
  if (!line.state || line.state === "failed" || line.state === "unknown") return line.state ?? null;
  if (line.seq <= cursors.read) return "read";
  return line.seq <= cursors.delivered && line.state !== "pending" ? "delivered" : line.state;
};
