import type { Shown } from "../api";

export type OneTag = Shown["TagReply"];

/** Those in use, and those somebody has; what has no group first, then group by group, by name. */
export function grouped(tags: readonly OneTag[], has: readonly string[]): { group: string | null; tags: OneTag[] }[] {
  const shown = tags.filter((tag) => tag.active || has.includes(tag.id));
  const groups = [...new Set(shown.map((tag) => tag.group ?? null))].sort((a, b) => (a ?? "").localeCompare(b ?? ""));
  return groups.map((group) => ({ group, tags: shown.filter((tag) => (tag.group ?? null) === group) }));
}
