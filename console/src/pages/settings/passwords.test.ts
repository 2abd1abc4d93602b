import { expect, it } from "vitest";
import { password } from "./passwords";

it("is made of four groups that can be read aloud", () => {
  expect(password()).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
  expect(password()).not.toBe(password());
});
