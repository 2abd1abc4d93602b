/** Lines read at once. */
export const AT_ONCE = 200;

/** Which: the first ones after a number, or the newest ones before one. */
export type From = { after: number } | { before: number };
export const OLDEST: From = { after: 0 };
export const NEWEST: From = { before: Number.MAX_SAFE_INTEGER };

type Lines = readonly { seq: number }[];

/**
 * What follows a page. After the newest there is nothing; whatever comes is told, and the page is read again. After what was read
 * backwards there is always more: all pages are asked for anew one after the other, from the first; what is known is not read again.
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

interface Kept {
  seq: number;
  attachments: readonly { id: string }[];
}

/**
 * What was read of a talk by text and has not changed since. New lines come at its end, and events name what changes of the others: a
 * page of which every line is here is not read again.
 */
export class Known<Line extends Kept> {
  private readonly lines = new Map<number, Line>();
  private changes = 0;

  /** As far as nothing changes while a page is on its way it may be kept: `keep` wants to know when it was asked for. */
  now(): number {
    return this.changes;
  }

  keep(page: readonly Line[], asked: number): void {
    if (asked === this.changes) for (const line of page) this.lines.set(line.seq, line);
  }

  /** The whole page, where every line of it is known. */
  page(asked: From): Line[] | null {
    const [first, last] = "after" in asked ? [asked.after + 1, asked.after + AT_ONCE] : [Math.max(1, asked.before - AT_ONCE), asked.before - 1];
    const page: Line[] = [];
    for (let seq = first; seq <= last; seq += 1) {
      const line = this.lines.get(seq);
      if (!line) return null;
      page.push(line);
    }
    return page;
  }

  /** Something happened to the talk: what it names is to be read again. */
  hear(type: string, data: Record<string, unknown>): void {
    this.changes += 1;
    if (typeof data.seq === "number") this.lines.delete(data.seq);
    else if (typeof data.attachment === "string") {
      for (const { seq, attachments } of [...this.lines.values()]) if (attachments.some(({ id }) => id === data.attachment)) this.lines.delete(seq);
    } else if (type === "transcript_updated") this.forget();
  }

  forget(): void {
    this.changes += 1;
    this.lines.clear();
  }
}
