/** Builds dist/library: crispen.js and its models, to be embedded. pages.js builds the page and the extension. */
import { cpSync, existsSync } from "node:fs";
import { build } from "vite";

await build({
  configFile: false,
  publicDir: false,
  logLevel: "warn",
  build: {
    outDir: "dist/library",
    lib: { entry: "src/library/index.ts", formats: ["es"], fileName: () => "crispen.js" },
  },
});
cpSync("../LICENSE", "dist/library/LICENSE");
if (existsSync("public/models")) cpSync("public/models", "dist/library/models", { recursive: true });
