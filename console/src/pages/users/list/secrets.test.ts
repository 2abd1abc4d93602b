import { expect, it } from "vitest";
import { secretsFile } from "./secrets";

it("holds no formula, and keeps what divides cells inside of them", () => {
  const secret = { login: "evil", name: '=HYPERLINK("x","y")', password: "-abc", extension: null, phone_password: null };
  expect(secretsFile(["login", "name"], [secret])).toBe('\u{feff}login,name\r\nevil,"\'=HYPERLINK(""x"",""y"")",\'-abc,,\r\n');
});
