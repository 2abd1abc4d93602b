import type { Language } from "../words";
import type { components } from "./schema";
import { weakPasswords, words } from "./words";

type Said = components["schemas"]["Problem"];

/** What went wrong with a request, as the server says it (RFC 9457); or that it could not be reached. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** The last word of its type: `not-allowed`, `refused`; `unreachable` when nothing came back. */
  readonly kind: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string | null;
  readonly errors: Said["errors"];
  /** Work that is wanted before a password is looked at. */
  readonly challenge: Said["challenge"] | null;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | null;

  constructor(said: Partial<Said>, status: number, retryAfter: number | null = null) {
    const title = said.title ?? "";
    super(said.detail ? `${title}: ${said.detail}` : title);
    this.kind = said.type?.split(":").pop() ?? (status === 0 ? "unreachable" : "internal");
    this.status = status;
    this.title = title;
    this.detail = said.detail ?? null;
    this.errors = said.errors ?? [];
    this.challenge = said.challenge ?? null;
    this.retryAfter = retryAfter;
  }

  static unreachable(): Problem {
    return new Problem({ type: "urn:ringdesk:problem:unreachable", title: "The server cannot be reached" }, 0);
  }
}

/** One sentence for a person: what is the matter, and what to do. */
export function problemText(problem: unknown, language: Language): string {
  const t = words[language];
  if (!(problem instanceof Problem)) return t.internal;
  const own: Record<string, string> = {
    unreachable: t.unreachable,
    "not-signed-in": t.notSignedIn,
    "wrong-password": problem.status === 403 ? t.wrongPresentPassword : t.wrongPassword,
    "code-wanted": t.codeWanted,
    "wrong-code": t.wrongCode,
    "challenge-required": t.challenge,
    "challenge-failed": t.challenge,
    "too-many-attempts": t.tooMany(problem.retryAfter ?? 30),
    "too-fast": t.tooFast,
    "not-allowed": t.notAllowed,
    "not-from-the-console": t.notFromTheConsole,
    "not-found": t.notFound,
    gone: t.gone,
    changed: t.changed,
    "in-hand": t.inHand,
    busy: t.busy,
    internal: t.internal,
    "too-slow": t.tooSlow,
    "too-large": t.tooLarge,
    "must-change-password": t.mustChangePassword,
    "disposition-required": t.dispositionRequired,
  };
  if (problem.kind === "weak-password") {
    const word = problem.detail?.split(":")[0] ?? "";
    return weakPasswords[language][word] ?? t.invalid(problem.detail ?? problem.title);
  }
  const known = own[problem.kind];
  // Why something is not possible just now, or makes no sense, only the server knows.
  const said = problem.detail ?? problem.title;
  if (problem.kind === "refused") return t.refused(said);
  if (known) return known;
  return said ? t.invalid(said) : t.internal;
}
