/** A fresh project in a temporary folder, with the packed npm package installed, as an embedder has it. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../browser.js";

const bin = (name, file) => join(ROOT, "node_modules", name, "bin", file);

/** Packs the library and installs it. @param entry the script of the project's page. */
export function newProject(entry) {
  const folder = mkdtempSync(join(tmpdir(), "crispen-web-"));
  const npm = (...words) => execFileSync("npm", words, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  const [packed] = JSON.parse(npm("pack", ROOT, "--json"));
  writeFileSync(join(folder, "package.json"), '{ "name": "app", "private": true, "type": "module" }');
  npm("install", "--offline", "--no-audit", "--no-fund", packed.filename);
  writeFileSync(
    join(folder, "index.html"),
    '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
  );
  cpSync(fileURLToPath(new URL(entry, import.meta.url)), join(folder, "main.js"));
  return {
    folder,
    packed,
    /** Runs a program of Node's in the project. @returns what it printed. */
    node: (...words) => execFileSync(process.execPath, words, { cwd: folder, encoding: "utf8", stdio: "pipe" }),
    vite: bin("vite", "vite.js"),
    tsc: bin("typescript", "tsc"),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
