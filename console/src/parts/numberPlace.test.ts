import { expect, it } from "vitest";
import { placeSaid, placeWords } from "./numberPlace";

const place = { country: "CN", province: null, city: null, city_zh: null, carrier: null, source: "number_plan", at: 0 };

it("says where a number was given out, and by what [S9.1]", () => {
  const shenzhen = { ...place, province: "CN-GD", city: "Shenzhen", city_zh: "深圳" };
  expect(placeSaid(placeWords.en, "en", shenzhen)).toBe("Shenzhen, Guangdong (by number plan)");
  expect(placeSaid(placeWords.zh, "zh", shenzhen)).toBe("深圳，广东 (按号段归属)");
  expect(placeSaid(placeWords.en, "en", { ...place, province: "CN-BJ", city: "Beijing", city_zh: "北京" })).toBe("Beijing (by number plan)");
  expect(placeSaid(placeWords.en, "en", { ...place, carrier: "unicom" })).toBe("China · China Unicom (by number plan)");
  expect(placeSaid(placeWords.en, "en", { ...place, country: "DE" })).toBe("Germany (by number plan)");
  expect(placeSaid(placeWords.en, "en", { ...place, country: null })).toBeNull();
  expect(placeSaid(placeWords.en, "en", null)).toBeNull();
});
