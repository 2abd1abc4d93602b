/**
 * The visitor's way through the site: pages and how long they are looked at, what the site has marked, forms (never what is in them), and
 * what its own script says. Nothing is kept or sent before the visitor agreed, unless the inbox says that nobody has to be asked.
 * Pure but for the clock, the timer and the sender that it is given.
 */
export type Happened =
  | { kind: "page"; page: string; title: string }
  | { kind: "click" | "form"; name: string; page: string }
  | { kind: "event"; name: string; page: string; fields?: Record<string, string | number | boolean> };

/** As the server takes it. */
export type Told = { id: string; ago_ms: number } & (Happened | { kind: "left"; dwell_ms: number });
export type Consent = "asked" | "not_needed" | "never";

export interface Around {
  now: () => number;
  id: () => string;
  /** Runs it in a moment, once. */
  soon: (run: () => void, after: number) => void;
  /** False: not taken; it is tried again. `last`: the page is going. */
  send: (events: readonly Told[], last: boolean) => Promise<"taken" | "again" | "refused">;
  /** Tells the server that they agree, or do not any more. */
  agree: (agrees: boolean) => Promise<boolean>;
  /** They agreed on an earlier page. */
  agreed: boolean;
}

/** Gathered for so long before it is sent, in milliseconds: who talks with them sees the page within two seconds. */
const GATHER = 400;
const AGAIN = 5_000;
/** In one request, and held while the server does not answer; what is older is dropped. */
const BATCH = 20;
const HELD = 60;

interface Open {
  id: string;
  page: string;
  title: string;
  /** Milliseconds that it was looked at, and since when it is again. */
  seen: number;
  since: number | null;
}

export class Track {
  private on: boolean;
  private events: (Told & { at: number })[] = [];
  private open: Open | null = null;
  private where: { page: string; title: string } | null = null;
  private isVisible = true;
  private isSending = false;
  private isDue = false;

  constructor(
    private readonly consent: Consent,
    private readonly around: Around,
  ) {
    this.on = consent === "not_needed" || (consent === "asked" && around.agreed);
  }

  /** The site's page says that the visitor agreed, or does not any more. */
  async agrees(agrees: boolean): Promise<void> {
    if (this.consent !== "asked" || agrees === this.on) return;
    this.on = agrees;
    if (!agrees) {
      this.events = [];
      this.open = null;
    } else if (this.where) this.begin(this.where);
    // What happens meanwhile waits behind it.
    this.isSending = true;
    const isTold = await this.around.agree(agrees);
    this.isSending = false;
    if (!isTold && agrees) this.on = false;
    this.due(0);
  }

  /** They are on this page now. */
  came(page: string, title: string): void {
    this.where = { page, title };
    if (!this.on || this.open?.page === page) return;
    this.leave();
    this.begin(this.where);
  }

  did(happened: Happened): void {
    if (this.on) this.put({ id: this.around.id(), ago_ms: 0, ...happened });
  }

  /** Somebody looks at it, or at something else. */
  visible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (!this.open) return;
    if (this.open.since !== null) this.open.seen += this.around.now() - this.open.since;
    this.open.since = isVisible ? this.around.now() : null;
  }

  /** The page goes: what there is leaves now or never. */
  end(): void {
    this.leave();
    const events = this.taken();
    if (events.length > 0) void this.around.send(events, true);
  }

  private begin({ page, title }: { page: string; title: string }): void {
    const id = this.around.id();
    this.open = { id, page, title, seen: 0, since: this.isVisible ? this.around.now() : null };
    this.put({ id, ago_ms: 0, kind: "page", page, title });
  }

  private leave(): void {
    if (!this.open) return;
    const { id, seen, since } = this.open;
    this.open = null;
    this.put({ id, ago_ms: 0, kind: "left", dwell_ms: Math.round(seen + (since === null ? 0 : this.around.now() - since)) });
  }

  private put(told: Told): void {
    this.events = [...this.events, { ...told, at: this.around.now() }].slice(-HELD);
    this.due(GATHER);
  }

  private due(after: number): void {
    if (this.isDue || this.events.length === 0) return;
    this.isDue = true;
    this.around.soon(() => void this.flush(), after);
  }

  private async flush(): Promise<void> {
    this.isDue = false;
    if (this.isSending || this.events.length === 0) return;
    this.isSending = true;
    const sent = this.events.slice(0, BATCH);
    const answer = await this.around.send(this.asTold(sent), false);
    this.isSending = false;
    if (answer !== "again") this.events = this.events.filter((one) => !sent.includes(one));
    this.due(answer === "again" ? AGAIN : GATHER);
  }

  private taken(): Told[] {
    const all = this.asTold(this.events.slice(-BATCH));
    this.events = [];
    return all;
  }

  private asTold(events: readonly (Told & { at: number })[]): Told[] {
    return events.map(({ at, ...told }) => ({ ...told, ago_ms: Math.max(0, Math.round(this.around.now() - at)) }) as Told);
  }
}
