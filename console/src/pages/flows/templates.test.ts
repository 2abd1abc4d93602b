import { describe, expect, it } from "vitest";
import { template, type Template } from "./templates";

const kinds: Template[] = ["queue", "voicemail", "echo"];

describe.each(kinds)("the template %s", (kind) => {
  const flow = template(kind, { name: "x", language: "en", greeting: "Hello", queue: "q" });

  it("leads nowhere that is not there", () => {
    const steps = flow.steps as unknown as Record<string, Record<string, unknown>>;
    const places = [flow.start, ...Object.values(steps).flatMap((step) => [step.next, ...Object.values((step.on as object | undefined) ?? {})])];
    for (const place of places) if (place) expect(steps).toHaveProperty(place as string);
  });
});
