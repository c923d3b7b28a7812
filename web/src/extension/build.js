/** Builds the extension, for "Load unpacked". The content script is one classic script, as browsers require. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** @returns the content of each file by its name. Models are added by `crispen web`. */
export default async function extension(bundle) {
  const files = {};
  const define = { "import.meta.url": '""' }; // a classic script has no import.meta, and these do not need it
  for (const [name, format] of [
    ["content", "iife"],
    ["worker", "es"],
    ["popup", "es"],
  ]) {
    const lib = {
      entry: here(`${name}.ts`),
      formats: [format],
      name: "unused",
      fileName: () => `${name}.js`,
      cssFileName: name,
    };
    const output = await bundle({ define, publicDir: false, build: { lib } });
    for (const each of output) files[each.fileName] = each.code ?? each.source;
  }
  for (const name of ["manifest.json", "popup.html", ...readdirSync(here("icons")).map((icon) => `icons/${icon}`)]) {
    files[name] = readFileSync(here(name));
  }
  return files;
}
