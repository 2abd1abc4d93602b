import type { ReactNode } from "react";
import "./badge.css";

export type Tone = "good" | "busy" | "warn" | "bad" | "quiet";

/** A state in a word, with a colour. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}
