import { expect, it } from "vitest";
import { spelled, type Node } from "./tree";

const node = (path: string, labels: Record<string, string>, children: Node[] = []): Node => ({ path, labels, children });
const TREE = [node("billing", { en: "Billing", "zh-CN": "账单" }, [node("billing/refund", { en: "Refund", "zh-CN": "退款" })]), node("solved", { en: "Solved" })];

it("says a disposition in words, and in the language one reads", () => {
  expect(spelled(TREE, "billing/refund", "en")).toBe("Billing / Refund");
  expect(spelled(TREE, "billing/refund", "zh")).toBe("账单 / 退款");
  expect(spelled(TREE, "solved", "zh")).toBe("Solved");
  expect(spelled(TREE, "gone/since", "en")).toBe("gone/since");
});
