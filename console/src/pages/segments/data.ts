import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { channelNames } from "../../parts/channelNames";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useFields, useTags } from "../contacts/data";
import { purposeNames } from "../contacts/words";
import type { FactName, Sent, Tree } from "./condition";
import { words } from "./words";

export type Segment = Shown["SegmentReply"];

const ACCOUNT = "/api/v1/accounts/{account_id}";

export function useSegments(enabled = true) {
  const account = useAccount();
  return useQuery({ queryKey: ["segments"], enabled, queryFn: () => done(api.GET(`${ACCOUNT}/segments`, { params: { path: account } })) });
}

/** How many are in it now; `null`: it is not finished. */
export function useCount(condition: Tree | null) {
  const account = useAccount();
  return useQuery({
    queryKey: ["segments", "count", condition],
    enabled: condition !== null,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: () => done(api.POST(`${ACCOUNT}/segments/count`, { params: { path: account }, body: { condition: (condition ?? {}) as Sent } })),
  });
}

interface Choice {
  value: string;
  label: string;
}

/** What can be chosen for each fact; a fact that is not here takes words that are typed. */
export function useChoices() {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const purposes = useWords(purposeNames);
  const { data: tags } = useTags();
  const { data: fields } = useFields();
  const named = (all: Record<string, string>): Choice[] => Object.entries(all).map(([value, label]) => ({ value, label }));
  const values: Partial<Record<FactName, Choice[]>> = {
    tier: (["standard", "preferred", "vip"] as const).map((value) => ({ value, label: t[value] })),
    tag: (tags ?? []).map((tag) => ({ value: tag.id, label: tag.name })),
    channel: named(channels),
    consent: named(purposes),
  };
  return { values, fields: fields ?? [] };
}
