/** Builds the page: static files for any file server. Models, and the file list of offline.js, are added by `crispen web`. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns the content of each file by its name. */
export default async function page(bundle) {
  const output = await bundle({
    root: here("."),
    base: "./",
    publicDir: here("public"),
    build: { modulePreload: false, assetsInlineLimit: 0 },
  });
  const files = Object.fromEntries(output.map((each) => [each.fileName, each.code ?? each.source]));
  for (const name of readdirSync(here("public"))) files[name] = readFileSync(here(`public/${name}`));
  files["offline.js"] = readFileSync(here("offline.js"));
  files["sample.mp4"] = readFileSync(here("../../../examples/call.mp4"));
  return files;
}
