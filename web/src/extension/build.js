/** Builds dist/extension, for "Load unpacked". The content script is one classic script, as browsers require. */

import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default async function extension(build, ours) {
  const out = here("../../dist/extension");
  rmSync(out, { recursive: true, force: true });
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
    await build({ ...ours, define, build: { outDir: out, emptyOutDir: false, lib } });
  }
  for (const name of ["manifest.json", "popup.html", "icons"]) {
    cpSync(here(name), `${out}/${name}`, { recursive: true });
  }
  cpSync(here("../../public/models"), `${out}/models`, { recursive: true });
}
