import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";

export type Phrase = Shown["QuickPhraseReply"];
export type Category = Shown["PhraseCategoryReply"];

export function usePhraseBook(enabled = true) {
  const account = useAccount();
  return useQuery({ queryKey: ["quick_phrases", "all"], enabled, queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/quick_phrases", { params: { path: account } })) });
}

/** Each category with how deep it stands, parents before what is below them. */
export function inTree(all: readonly Category[], parent: string | null = null, depth = 0): { one: Category; depth: number }[] {
  return all.filter((one) => (one.parent ?? null) === parent).flatMap((one) => [{ one, depth }, ...inTree(all, one.id, depth + 1)]);
}

/** With the names of what it stands in. */
export function pathOf(all: readonly Category[], id: string | null | undefined): string {
  const one = all.find((other) => other.id === id);
  return one ? [pathOf(all, one.parent), one.name].filter(Boolean).join(" / ") : "";
}

/** One place up or down among those of the same parent: which get which place. */
export function moved(all: readonly Category[], id: string, by: 1 | -1): { one: Category; place: number }[] {
  const parent = all.find((one) => one.id === id)?.parent ?? null;
  const row = all.filter((one) => (one.parent ?? null) === parent);
  const at = row.findIndex((one) => one.id === id);
  const [here, there] = [row[at], row[at + by]];
  if (!here || !there) return [];
  row[at] = there;
  row[at + by] = here;
  return row.map((one, place) => ({ one, place })).filter(({ one, place }) => one.place !== place);
}
