import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

interface Licence {
  name: string;
  version: string;
  licence: string;
  of: "server" | "console";
}

interface Locked {
  version?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
}

const NAME = "virtual:licences";

/** What the console is built of; what only builds or tests it is not in it. */
function ofConsole(): Licence[] {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  return Object.entries(lock.packages)
    .filter(([path, one]) => path !== "" && !one.dev && !one.link)
    .map(([path, one]) => ({ name: path.split("node_modules/").pop() ?? path, version: one.version ?? "", licence: one.license ?? "?", of: "console" as const }));
}

/** What the server is built of, as cargo knows it; without cargo the list is the console's alone. */
function ofServer(): Licence[] {
  try {
    const host = /^host: (.+)$/m.exec(execFileSync("rustc", ["-vV"]).toString())?.[1] ?? "";
    const only = ["--format-version", "1", "--offline", "--locked", "--filter-platform", host];
    const text = execFileSync("cargo", ["metadata", ...only], { cwd: "..", maxBuffer: 256 << 20, stdio: ["ignore", "pipe", "ignore"] });
    const { packages } = JSON.parse(text.toString()) as { packages: { name: string; version: string; license: string | null; source: string | null }[] };
    return packages.filter((one) => one.source !== null).map((one) => ({ name: one.name, version: one.version, licence: one.license ?? "?", of: "server" as const }));
  } catch {
    return [];
  }
}

/** The list of the page About, made when the console is built. */
export function licences(): Plugin {
  return {
    name: "licences",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => {
      if (id !== `\0${NAME}`) return undefined;
      const all = [...ofServer(), ...ofConsole()].sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
      return `export default ${JSON.stringify(all)};`;
    },
  };
}
