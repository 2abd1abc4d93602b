import { describe, expect, it } from "vitest";
import { grouped, type OneTag } from "./tagGroups";

const tag = (id: string, group: string | null, active = true): OneTag => ({ id, name: id, colour: null, active, group, roles: [], reserved: false });

describe("groups of tags", () => {
  it("stand together, what has none first", () => {
    const all = [tag("angry", "Mood"), tag("fraud", null), tag("happy", "Mood"), tag("price", "Matter")];
    expect(grouped(all, []).map(({ group, tags }) => [group, tags.map(({ id }) => id)])).toEqual([
      [null, ["fraud"]],
      ["Matter", ["price"]],
      ["Mood", ["angry", "happy"]],
    ]);
  });

  it("leave out what is out of use, unless somebody has it", () => {
    const all = [tag("old", null, false), tag("new", null)];
    expect(grouped(all, []).flatMap(({ tags }) => tags.map(({ id }) => id))).toEqual(["new"]);
    expect(grouped(all, ["old"]).flatMap(({ tags }) => tags.map(({ id }) => id))).toEqual(["old", "new"]);
  });
});
