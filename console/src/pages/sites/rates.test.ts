import { expect, it } from "vitest";
import type { Shown } from "../../api";
import { ratesBody, ratesOf } from "./Rates";

it("keeps the rates of an inbox as they are [S9.18]", () => {
  const rates = { contact: { at_once: 3, per_minute: 20 }, address: { at_once: 50, per_minute: 300 }, reply: { en: "Slowly", zh: "请稍候" } };
  expect(ratesBody(ratesOf({ rates } as unknown as Shown["TextInboxReply"]), true)).toEqual(rates);
  expect(ratesBody(ratesOf(null), true)).toEqual({ contact: null, address: null, reply: {} });
});

it("takes the house's figure where only one of both is said, and no address where programs speak for all [S9.18]", () => {
  expect(ratesBody({ contact_once: 5 }, true).contact).toEqual({ at_once: 5, per_minute: 60 });
  expect(ratesBody({ contact_minute: 5, address_once: 9 }, false)).toEqual({ contact: { at_once: 60, per_minute: 5 }, address: null, reply: {} });
});
