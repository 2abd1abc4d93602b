export type Template = "queue" | "voicemail" | "echo";

interface Gaps {
  name: string;
  language: string;
  greeting: string;
  queue?: string;
}

/** Flows to begin with; each is whole, and can be published as it is. */
export function template(kind: Template, { name, language, greeting, queue = "" }: Gaps) {
  const say = { kind: "say", prompt: { text: greeting } };
  const bye = { kind: "hangup" };
  switch (kind) {
    case "queue":
      return {
        name,
        language,
        start: "greeting",
        steps: {
          greeting: { ...say, next: "queue" },
          queue: { kind: "queue", queue, announce: { position_every_ms: 30_000 }, on: { no_agents: "message", max_wait: "message" } },
          message: { kind: "voicemail", queue, next: "bye" },
          bye,
        },
      };
    case "voicemail":
      return { name, language, start: "greeting", steps: { greeting: { ...say, next: "message" }, message: { kind: "voicemail", ...(queue && { queue }), next: "bye" }, bye } };
    case "echo":
      return { name, language, start: "greeting", steps: { greeting: { ...say, next: "echo" }, echo: { kind: "echo" } } };
  }
}
