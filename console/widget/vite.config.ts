import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, defineConfig, type Plugin } from "vite";

const OUT = "dist";
/** What a visitor's browser loads in all, packed. A site pays for it on every page. */
const HEAVIEST = 50 * 1024;

/** The script that a site names is no module: it is built by itself, into one file. */
function loader(): Plugin {
  return {
    name: "loader",
    apply: "build",
    async closeBundle() {
      const input = { input: "widget/loader.ts", output: { entryFileNames: "widget.js", format: "iife" as const } };
      await build({ configFile: false, publicDir: false, logLevel: "warn", build: { target: "es2020", outDir: OUT, emptyOutDir: false, rollupOptions: input } });
      const files = readdirSync(OUT).filter((name) => /^widget.*\.(js|css)$/.test(name));
      const packed = files.map((name) => ({ name, bytes: gzipSync(readFileSync(join(OUT, name)), { level: 9 }) }));
      for (const { name, bytes } of packed) writeFileSync(join(OUT, `${name}.gz`), bytes);
      const weight = packed.reduce((sum, { bytes }) => sum + bytes.length, 0);
      if (files.length !== 4) throw new Error(`four files make the chat, not ${files.join(", ")}`);
      if (weight > HEAVIEST) throw new Error(`the chat weighs ${weight} bytes packed; ${HEAVIEST} are allowed`);
      this.warn(`the chat on sites: ${(weight / 1024).toFixed(1)} kB packed, of ${HEAVIEST / 1024} that it may weigh`);
    },
  };
}

/** The chat on web sites, into the folder that the console was built into; its names are for ever, so they carry no hash. */
export default defineConfig({
  publicDir: false,
  plugins: [loader()],
  build: {
    target: "es2020",
    outDir: OUT,
    emptyOutDir: false,
    modulePreload: false,
    rollupOptions: { input: { "widget-frame": "widget/frame.ts" }, output: { entryFileNames: "[name].js", chunkFileNames: "widget-[name].js", assetFileNames: "[name][extname]" } },
  },
});
