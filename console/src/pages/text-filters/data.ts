import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";
import type { words } from "./words";

export type Filter = Shown["TextFilterReply"];
export type Filtered = Shown["FilteredTextReply"];
export const ACCOUNT = "/api/v1/accounts/{account_id}";
const PAGE = 100;

export function useFilters() {
  const account = useAccount();
  return useQuery({ queryKey: ["text_filters"], queryFn: () => done(api.GET(`${ACCOUNT}/text_filters`, { params: { path: account } })) });
}

export function useHeld() {
  const account = useAccount();
  return useQuery({ queryKey: ["text_filters", "held"], queryFn: () => done(api.GET(`${ACCOUNT}/filtered_texts`, { params: { path: account } })) });
}

export function usePast(enabled: boolean) {
  const account = useAccount();
  return useInfiniteQuery({
    queryKey: ["text_filters", "past"],
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => done(api.GET(`${ACCOUNT}/filtered_texts`, { params: { path: account, query: { past: true, ...(pageParam && { before: pageParam }) } } })),
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
  });
}

type Words = (typeof words)["en"];

/** What was found, as one reads it: the word itself, or what was too much. */
export function findSaid(t: Words, find: { kind: string; what?: string | null }): string {
  if (find.what) return `“${find.what}”`;
  const kinds: Record<string, string> = { length: t.length, links: t.linksFound, rate: t.rateFound };
  return kinds[find.kind] ?? find.kind;
}

/** One word a line, each once, as it is kept. */
export const wordsOf = (typed: string | undefined): string[] => [...new Set((typed ?? "").split(/[\n,，、;；]/).map((word) => word.trim()).filter(Boolean))];
