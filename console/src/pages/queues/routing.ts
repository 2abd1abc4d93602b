import type { Shown } from "../../api";

export type Routing = Shown["QueueRouting"];

export const STRATEGIES = ["least_busy", "longest_idle", "top_down", "round_robin", "ring_all"] as const;
export const RELAX = ["drop_all", "drop", "lower", "up_to"] as const;
export const OVERFLOW = ["waited", "length", "no_agents"] as const;

export interface RelaxWish {
  after_s: number;
  what: (typeof RELAX)[number];
  skill?: string;
  level?: number;
  at_once_if_nobody: boolean;
}

export interface OverflowWish {
  when: (typeof OVERFLOW)[number];
  after_s?: number;
  length?: number;
  /** Empty: back to the flow. */
  queue: string;
}

/** As the form holds it. */
export interface RoutingWish {
  strategy: string;
  first_levels: number;
  wants: Record<string, number>;
  near: boolean;
  relax: RelaxWish[];
  overflow: OverflowWish[];
}

/** Who asks the contact's region first says by a step when it is wanted no more. */
export const endsRegion = (relax: readonly Partial<RelaxWish>[] | undefined): boolean =>
  (relax ?? []).some(({ what, skill }) => what === "drop_all" || (what === "drop" && skill === "region"));

export const PLAIN: RoutingWish = { strategy: "least_busy", first_levels: 0, wants: {}, near: false, relax: [], overflow: [] };

export function routingOf(routing: Routing): RoutingWish {
  return {
    strategy: routing.strategy ?? PLAIN.strategy,
    first_levels: routing.first_levels ?? 0,
    wants: routing.wants ?? {},
    near: routing.near ?? false,
    relax: (routing.relax ?? []).map(({ after_ms, what, skill, level, at_once_if_nobody }) => ({
      after_s: Math.round(after_ms / 1_000),
      what,
      ...(skill ? { skill } : {}),
      ...(level ? { level } : {}),
      at_once_if_nobody: at_once_if_nobody ?? false,
    })),
    overflow: (routing.overflow ?? []).map(({ when, after_ms, length, queue }) => ({
      when,
      ...(after_ms ? { after_s: Math.round(after_ms / 1_000) } : {}),
      ...(length ? { length } : {}),
      queue: queue ?? "",
    })),
  };
}

/** As the server takes it: of each rule only what belongs to its kind. */
export function routingWish(wish: RoutingWish): Routing {
  return {
    strategy: wish.strategy,
    first_levels: wish.first_levels,
    wants: wish.wants,
    near: wish.near,
    relax: wish.relax.map(({ after_s, what, skill, level, at_once_if_nobody }) => ({
      after_ms: after_s * 1_000,
      what,
      ...(what === "drop" || what === "lower" ? { skill: skill ?? "" } : {}),
      ...(what === "lower" || what === "up_to" ? { level: level ?? 1 } : {}),
      at_once_if_nobody,
    })),
    overflow: wish.overflow.map(({ when, after_s, length, queue }) => ({
      when,
      ...(when === "waited" ? { after_ms: (after_s ?? 0) * 1_000 } : {}),
      ...(when === "length" ? { length: length ?? 0 } : {}),
      queue: queue || null,
    })),
  };
}
