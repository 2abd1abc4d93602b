import { expect, it } from "vitest";
import { apart, read, together } from "./settings";

it("takes settings apart and puts them together again", () => {
  const settings = { host: "sip.example", port: 5061, register: true, codecs: ["PCMA"] };
  const { fields, rest } = apart(settings);
  expect(rest).toEqual({ codecs: ["PCMA"] });
  expect(together(fields, rest)).toEqual(settings);
});

it("leaves out what is empty", () => {
  expect(together({ host: "", port: null, register: false, srtp: "off" }, {})).toEqual({ srtp: "off" });
});

it("reads objects and nothing else", () => {
  expect(read(" ")).toEqual({});
  expect(read('{"dtmf":"info"}')).toEqual({ dtmf: "info" });
  expect(read("[1]")).toBeNull();
  expect(read("{")).toBeNull();
});
