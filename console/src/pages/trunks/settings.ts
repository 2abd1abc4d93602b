/** What has a field of its own; everything else is typed as JSON. */
export interface Fields {
  preset?: string;
  host?: string;
  port?: number | null;
  transport?: string;
  username?: string;
  register?: boolean;
  max_calls?: number | null;
  srtp?: string;
}

const OWN = ["preset", "host", "port", "transport", "username", "register", "max_calls", "srtp"];

type Settings = Record<string, unknown>;

/** Settings as the form shows them: fields, and the rest. */
export function apart(settings: Settings): { fields: Fields; rest: Settings } {
  const entries = Object.entries(settings);
  return {
    fields: Object.fromEntries(entries.filter(([name]) => OWN.includes(name))) as Fields,
    rest: Object.fromEntries(entries.filter(([name]) => !OWN.includes(name))),
  };
}

/** Settings as the server takes them; what is empty has its default. */
export function together(fields: Fields, rest: Settings): Settings {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  return { ...rest, ...Object.fromEntries(said) };
}

/** The rest as somebody typed it; null: it is no object. */
export function read(text: string): Settings | null {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Settings) : null;
  } catch {
    return null;
  }
}
