import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const HERE = join(import.meta.dirname, "..");
const { paths } = JSON.parse(readFileSync(join(HERE, "../../docs/openapi.json"), "utf8")) as { paths: Record<string, object> };
/** Written without the client of the API; their addresses are among those looked at below. */
const BY_HAND = ["events/socket.ts", "parts/upload.ts", "pages/review/player/take.ts", "pages/users/list/send.ts"];

const sources = readdirSync(HERE, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.|schema\.d\.ts$/.test(path))
  .map((path) => ({ path: relative(HERE, join(HERE, path)), text: readFileSync(join(HERE, path), "utf8") }));

/** `{account_id}`, `${id}` and what stands for a part of an address in any other way are one and the same. */
const shape = (address: string) =>
  address
    .replace(/\?.*$/, "")
    .replace(/\$?\{[^}]*\}/g, "{}")
    .replace(/\/$/, "");
const known = new Set(Object.keys(paths).map(shape));

/** What stands in for the beginning of an address in a file: `const ACCOUNT = "/api/v1/accounts/{account_id}"`. */
function addresses(text: string): string[] {
  const beginnings = [...text.matchAll(/const ([A-Z_a-z]+) = [`"'](\/api\/v1[^`"']*)[`"']/g)].map(([, name = "", path = ""]) => [name, path] as const);
  const whole = beginnings.reduce((left, [name, path]) => left.replaceAll("${" + name + "}", path), text);
  const isBeginning = (found: string) => beginnings.some(([, path]) => path === found);
  return [...whole.matchAll(/[`"'](\/api\/v1\/[^`"'\s]*)[`"']/g)].map(([, path = ""]) => path).filter((path) => !isBeginning(path) && !path.endsWith("/"));
}

describe("whatever is done in the console can be done by the API [S14.8]", () => {
  it("asks nothing but what the published description names", () => {
    const unknown = sources.flatMap(({ path, text }) => addresses(text).map((address) => [path, address] as const)).filter(([, address]) => !isNamed(address));
    expect(unknown).toEqual([]);
    expect(sources.flatMap(({ text }) => addresses(text)).length).toBeGreaterThan(200);
  });

  it("has no other way to the server", () => {
    const ways = sources.filter(({ text }) => /\bfetch\(|new XMLHttpRequest|new WebSocket\(|new EventSource|sendBeacon/.test(text.replace(/\bre?fetch\(\)/g, "")));
    const others = ways.map(({ path }) => path).filter((path) => !BY_HAND.includes(path) && !path.startsWith("api/"));
    expect(others).toEqual([]);
  });
});

/** Also where a part of its end is named by a variable, as long as the description knows addresses of that form. */
function isNamed(address: string): boolean {
  const wanted = shape(address).split("/");
  return [...known].some((one) => {
    const has = one.split("/");
    return has.length === wanted.length && has.every((part, n) => part === wanted[n] || part === "{}" || wanted[n] === "{}");
  });
}
