import { describe, expect, it } from "vitest";
import type { Permission } from "../session";
import { roleOf, TOURS, type Role } from "./steps";
import { STEPS } from "./words";

describe("tours", () => {
  it("have words for each of their steps, in both languages", () => {
    for (const role of Object.keys(TOURS) as Role[]) {
      for (const step of TOURS[role]) {
        for (const said of [STEPS.en, STEPS.zh]) expect(said[role][step.name], `${role} ${step.name}`).toHaveLength(2);
      }
    }
  });
  it("are given by the most that somebody may do", () => {
    const who = (permissions: Permission[], isAgent = false) =>
      roleOf({ may: (one) => permissions.includes(one), agent: isAgent ? ({} as never) : null });
    expect(who(["conversations.answer"], true)).toBe("agent");
    expect(who(["conversations.answer"])).toBeNull();
    expect(who(["conversations.answer", "work.assign"], true)).toBe("supervisor");
    expect(who(["recordings.play", "performance.read"])).toBe("reviewer");
    expect(who(["settings.manage", "work.assign", "recordings.play"])).toBe("administrator");
    expect(who([])).toBeNull();
  });
});
