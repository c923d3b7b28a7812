/** Builds dist/library (crispen.js, for others to embed) and, where they are, dist/page and dist/extension. */
import { existsSync } from "node:fs";
import { build } from "vite";

const ours = { configFile: false, publicDir: false, logLevel: "warn" };
await build({
  ...ours,
  build: { outDir: "dist/library", lib: { entry: "src/library/index.ts", formats: ["es"], fileName: () => "crispen.js" } },
});
for (const part of ["page", "extension"]) {
  const script = new URL(`src/${part}/build.js`, import.meta.url);
  if (existsSync(script)) await (await import(script.href)).default(build, ours);
}
