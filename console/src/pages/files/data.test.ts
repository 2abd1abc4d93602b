import { expect, it } from "vitest";
import { answering, type SharedFile } from "./data";

const file = (title: string, tags: string[]): SharedFile => ({ id: title, title, tags, queues: [], uses: 0, withdrawn: false, version: 1, name: "x200.pdf", kind: "document", mime: "application/pdf", bytes: 9, at: 0 });

it("finds files by all that was typed, wherever it stands", () => {
  const all = [file("Boiler manual", ["winter"]), file("价格表", ["prices"])];
  const titles = (typed: string) => answering(all, typed).map((one) => one.title);
  expect(titles("")).toEqual(["Boiler manual", "价格表"]);
  expect(titles("WINTER boil")).toEqual(["Boiler manual"]);
  expect(titles("价格 x200")).toEqual(["价格表"]);
  expect(titles("fridge")).toEqual([]);
});
