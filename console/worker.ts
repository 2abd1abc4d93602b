import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** What a page asks for before it is one, beside its scripts and styles. */
const FIRST = ["/", "/icon.svg", "/icon-192.png", "/manifest.webmanifest"];

/** The service worker (`src/worker/sw.js`) with the list of this build's files in it: another build is another worker. */
export function worker(): Plugin {
  return {
    name: "worker",
    apply: "build",
    // After those that take scripts away again that only held styles.
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css)$/.test(name)).sort();
      const page = bundle["index.html"];
      const hash = createHash("sha256").update(files.join("\n"));
      if (page?.type === "asset") hash.update(page.source);
      const source = readFileSync("src/worker/sw.js", "utf8")
        .replace("__VERSION__", hash.digest("hex").slice(0, 16))
        .replace('["__SHELL__"]', JSON.stringify([...FIRST, ...files.map((name) => `/${name}`)]));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}
