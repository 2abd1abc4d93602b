import { describe, expect, it } from "vitest";
import { changed, entries, fault, fresh, keyOf, moved, taken, type Shown } from "./tree";

const shown: Shown[] = [
  { path: "solved", labels: { en: "Solved", "zh-CN": "已解决" }, children: [] },
  { path: "billing", labels: { en: "Billing" }, children: [{ path: "billing/refund", labels: {}, children: [] }] },
];

describe("a tree of dispositions", () => {
  it("comes back as it was", () => {
    expect(taken(entries(shown))).toEqual([
      { key: "solved", labels: { en: "Solved", "zh-CN": "已解决" }, children: [] },
      { key: "billing", labels: { en: "Billing" }, children: [{ key: "refund", labels: {}, children: [] }] },
    ]);
  });

  it("changes and loses entries wherever they are", () => {
    const all = entries(shown);
    const refund = all[1]?.children[0]?.id ?? -1;
    expect(taken(changed(all, refund, (entry) => ({ ...entry, en: " Refund " })))[1]?.children[0]?.labels).toEqual({ en: "Refund" });
    expect(taken(changed(all, refund, () => null))[1]?.children).toEqual([]);
  });

  it("moves an entry up among its neighbours only", () => {
    const all = entries(shown);
    expect(moved(all, all[1]?.id ?? -1).map((entry) => entry.key)).toEqual(["billing", "solved"]);
    expect(moved(all, all[0]?.id ?? -1).map((entry) => entry.key)).toEqual(["solved", "billing"]);
  });

  it("says what is wrong before the server does", () => {
    expect(fault(entries(shown))).toBeNull();
    expect(fault([fresh()])).toBe("noKey");
    expect(fault([{ ...fresh(), key: "a" }, { ...fresh(), key: "a" }])).toBe("sameKey");
    expect(fault([{ ...fresh(), key: "a", children: [{ ...fresh(), key: "b c" }] }])).toBe("noKey");
  });

  it("makes keys of words", () => expect(keyOf(" Wrong invoice (2nd) ")).toBe("wrong_invoice_2nd"));
});
