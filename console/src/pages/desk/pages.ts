/** Lines read at once. */
export const AT_ONCE = 200;

/** Which: the first ones after a number, or the newest ones before one. */
export type From = { after: number } | { before: number };
export const OLDEST: From = { after: 0 };
export const NEWEST: From = { before: Number.MAX_SAFE_INTEGER };

type Lines = readonly { seq: number }[];

/**
 * What follows a page. After the newest there is nothing; whatever comes is told, and the page is read again. After what was read
 * backwards there is always more: all pages are read anew one after the other, from the first.
 */
export function following(page: Lines, _: unknown, asked: From): From | undefined {
  const last = page.at(-1);
  if ("after" in asked) return page.length === AT_ONCE && last ? { after: last.seq } : undefined;
  return asked.before === Number.MAX_SAFE_INTEGER ? undefined : { after: last?.seq ?? asked.before - 1 };
}

/** What comes before the first page, where that was read backwards. */
export function preceding(page: Lines, _: unknown, asked: From): From | undefined {
  const first = page[0];
  return "before" in asked && page.length === AT_ONCE && first ? { before: first.seq } : undefined;
}
