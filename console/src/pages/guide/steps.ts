/** What an account has, as far as this reader may know. */
export interface Found {
  queues: number;
  agents: number;
  flows: number;
  numbers: readonly string[];
  trunks: number;
  ready: number;
  calls: number;
}

export type StepName = "queue" | "agent" | "flow" | "number" | "trunk" | "ready" | "call";

export interface Step {
  name: StepName;
  isDone: boolean;
  isOptional: boolean;
  /** The page on which it is done. */
  to: string;
}

/** The way from nothing to the first call. */
export function steps(found: Found): Step[] {
  const step = (name: StepName, isDone: boolean, to: string, isOptional = false): Step => ({ name, isDone, to, isOptional });
  return [
    step("queue", found.queues > 0, "/queues"),
    step("agent", found.agents > 0, "/users"),
    step("flow", found.flows > 0, "/flows"),
    step("number", found.numbers.length > 0, "/numbers"),
    step("trunk", found.trunks > 0, "/trunks", true),
    step("ready", found.ready > 0 || found.calls > 0, "/floor"),
    step("call", found.calls > 0, "/review"),
  ];
}

/** What is to be done next; null: everything that must be. */
export const next = (all: readonly Step[]): StepName | null => all.find((step) => !step.isDone && !step.isOptional)?.name ?? null;
