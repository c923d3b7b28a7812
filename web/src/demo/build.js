/** Builds dist/demo: static files for any file server, and a service worker that caches them all. */

import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default async function page(build, ours) {
  const out = here("../../dist/demo");
  await build({
    ...ours,
    root: here("."),
    base: "./",
    publicDir: here("public"),
    build: { outDir: out, emptyOutDir: true, modulePreload: false, assetsInlineLimit: 0 },
  });
  cpSync(here("../../public/models"), `${out}/models`, { recursive: true });
  cpSync(here("../../../examples/call.mp4"), `${out}/sample.mp4`);
  const names = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "offline.js")
    .map((entry) => `./${`${entry.parentPath}/${entry.name}`.slice(out.length + 1)}`)
    .sort();
  const version = createHash("sha256");
  for (const name of names) version.update(name).update(readFileSync(`${out}/${name}`));
  const worker = readFileSync(here("offline.js"), "utf8")
    .replace('["@FILES@"]', JSON.stringify(["./", ...names]))
    .replace("@VERSION@", version.digest("hex").slice(0, 12));
  writeFileSync(`${out}/offline.js`, worker);
}
