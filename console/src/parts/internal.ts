/** What staff ask the house's help desks: figures leave it out unless somebody wants to see it. */
export const INTERNAL = ["exclude", "include", "only"] as const;
export type Internal = (typeof INTERNAL)[number];

/** As it stands in an address; what is no such word says nothing. */
export const internalOf = (search: URLSearchParams): Internal => INTERNAL.find((one) => one === search.get("internal")) ?? "exclude";
