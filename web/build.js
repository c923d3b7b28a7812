/** Builds dist/library (crispen.js and its models, to be embedded), dist/demo and dist/extension. */
import { cpSync, existsSync } from "node:fs";
import { build } from "vite";

const ours = { configFile: false, publicDir: false, logLevel: "warn" };
await build({
  ...ours,
  build: {
    outDir: "dist/library",
    lib: { entry: "src/library/index.ts", formats: ["es"], fileName: () => "crispen.js" },
  },
});
if (existsSync("public/models")) cpSync("public/models", "dist/library/models", { recursive: true });
for (const part of ["demo", "extension"]) {
  const script = new URL(`src/${part}/build.js`, import.meta.url);
  if (existsSync(script)) await (await import(script.href)).default(build, ours);
}
