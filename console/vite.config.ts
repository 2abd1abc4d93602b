import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { licences } from "./licences";
import { worker } from "./worker";

/** What a page may weigh, packed, with everything that is loaded before it shows. An agent on a slow line opens it every morning. */
const HEAVIEST = 400 * 1024;
/** By the file that a page begins with. */
const WEIGHED = ["src/pages/desk/index.tsx"];
/** What whoever sees that page loads beside it. */
const WITH_IT = ["src/agent/AgentTools.tsx", "src/phone/driver.ts"];

/** The files of the build that are packed once here rather than at every request. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle(options) {
      const assets = join(options.dir ?? "dist", "assets");
      for (const name of readdirSync(assets)) {
        if (/\.(js|css|svg)$/.test(name)) writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
      }
    },
  };
}

/** Fails the build when a page has grown too heavy. */
function weighed(): Plugin {
  return {
    name: "weighed",
    apply: "build",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const entry = chunks.find((chunk) => chunk.isEntry);
      const holds = (file: string) => chunks.find((chunk) => chunk.moduleIds.some((id) => id.endsWith(file)));
      for (const page of WEIGHED) {
        const own = holds(page);
        if (!own || !entry) this.error(`${page}: no such page in the build`);
        const wanted = new Set<string>();
        const gather = (file: string) => {
          const chunk = chunks.find((one) => one.fileName === file);
          if (!chunk || wanted.has(file)) return;
          wanted.add(file);
          chunk.imports.forEach(gather);
        };
        for (const first of [entry, own]) gather(first.fileName);
        for (const part of WITH_IT) gather(holds(part)?.fileName ?? this.error(`${part}: not in the build`));
        const weight = chunks.filter((one) => wanted.has(one.fileName)).reduce((sum, one) => sum + gzipSync(one.code, { level: 9 }).length, 0);
        this.warn(`${page}: ${Math.round(weight / 1024)} kB packed, of ${HEAVIEST / 1024} that it may weigh`);
        if (weight > HEAVIEST) this.error(`${page} weighs ${Math.round(weight / 1024)} kB packed; ${HEAVIEST / 1024} are allowed`);
      }
    },
  };
}

/** `npm run dev` beside a running server: where it is. */
const SERVER = process.env.RINGDESK_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), licences(), weighed(), worker(), packed()],
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1500 },
  server: { proxy: { "/api": { target: SERVER, ws: true }, "/sip": { target: SERVER, ws: true } } },
  test: { include: ["src/**/*.test.{ts,tsx}", "widget/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
