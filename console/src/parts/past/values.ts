/** What a value of a setting says to a person. */
export interface Said {
  yes: string;
  no: string;
  nothing: string;
  /** Of ids. */
  names: ReadonlyMap<string, string>;
  /** Of the values of a place: `<last word>/<value>`. */
  choices: Readonly<Record<string, string>>;
  moment: (at: number) => string;
}

const MOST = 160;

export function said(path: string, value: unknown, { yes, no, nothing, names, choices, moment }: Said): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const one = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return nothing;
    if (typeof value === "boolean") return value ? yes : no;
    if (typeof value === "number") return path === "until" ? moment(value) : String(value);
    if (typeof value === "string") return choices[`${last}/${value}`] ?? names.get(value) ?? value;
    if (Array.isArray(value) && value.every((inner) => typeof inner !== "object")) return value.length === 0 ? nothing : value.map(one).join(", ");
    return JSON.stringify(value);
  };
  const text = one(value);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** `settings/wrap_up_s` and `members/<id>` as a person reads them: the known words, and names in place of ids. */
export function place(path: string, fields: Readonly<Record<string, string>>, names: ReadonlyMap<string, string>): string {
  return path
    .split("/")
    .map((word) => fields[word] ?? names.get(word) ?? word.replaceAll("_", " "))
    .filter((word) => word !== "")
    .join(" · ");
}

interface Difference {
  path: string;
  before?: unknown;
  after?: unknown;
}

/** A span of time is kept as `secs` and `nanos`: people read it as one. */
export function withSpans<D extends Difference>(differences: readonly D[]): Difference[] {
  const span = (secs: unknown) => (typeof secs === "number" ? `${secs} s` : secs);
  return differences
    .filter(({ path }) => !path.endsWith("/nanos"))
    .map((one) => (one.path.endsWith("/secs") ? { path: one.path.slice(0, -5), before: span(one.before), after: span(one.after) } : one));
}
