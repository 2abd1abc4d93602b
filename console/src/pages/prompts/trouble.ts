import { Problem } from "../../api";

const SOUND = ["empty", "too_large", "unknown_kind", "broken_off", "damaged", "too_long", "rate", "channels", "silent"] as const;
export type SoundFault = (typeof SOUND)[number];

/** Why a file is no sound that callers could hear: the first word of the detail (agent-gateway/src/routes/prompts.rs). */
export function soundFault(problem: unknown): SoundFault | null {
  if (!(problem instanceof Problem)) return null;
  if (problem.status === 413 || problem.kind === "too-large") return "too_large";
  if (problem.status !== 422) return null;
  const word = problem.detail?.split(":")[0];
  return SOUND.find((one) => one === word) ?? null;
}
