/** Conflicts that the order of rules decides. */

interface Ordered {
  name: string;
  on?: string;
  then: unknown[];
  disabled?: boolean;
}

/** What an action decides, where only the first counts; `null`: it adds up. */
function placeOf(action: unknown): string | null {
  const [kind, value] = Object.entries((action ?? {}) as Record<string, unknown>)[0] ?? ["", null];
  switch (kind) {
    case "queue":
    case "priority":
    case "greeting":
    case "callback":
    case "block":
      return kind;
    case "tag":
    case "untag":
      return `tag:${String(value)}`;
    case "contact_tag":
    case "contact_untag":
      return `contact_tag:${String(value)}`;
    default:
      return null;
  }
}

/** Of what the rule at `at` decides: what a rule before it decides where both hold. */
export function earlier(rules: readonly Ordered[], at: number): { what: string; rule: string }[] {
  const mine = rules[at];
  if (!mine || mine.disabled) return [];
  const found: { what: string; rule: string }[] = [];
  for (const place of new Set(mine.then.map(placeOf))) {
    if (place === null) continue;
    const first = rules.slice(0, at).find((other) => !other.disabled && (other.on ?? "begins") === (mine.on ?? "begins") && other.then.some((action) => placeOf(action) === place));
    if (first) found.push({ what: place.split(":")[0] ?? place, rule: first.name });
  }
  return found;
}

/** With the rule at `at` one place further up or down. */
export function moved<T>(rules: readonly T[], at: number, by: -1 | 1): T[] {
  const to = at + by;
  const [one, other] = [rules[at], rules[to]];
  if (one === undefined || other === undefined) return [...rules];
  return rules.map((rule, n) => (n === at ? other : n === to ? one : rule));
}
