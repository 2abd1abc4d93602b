import { expect, it } from "vitest";
import { internalOf } from "./internal";

it("reads what an address says of help desks", () => {
  const said = ["", "internal=only", "internal=include", "internal=sometimes"].map((text) => internalOf(new URLSearchParams(text)));
  expect(said).toEqual(["exclude", "only", "include", "exclude"]);
});
