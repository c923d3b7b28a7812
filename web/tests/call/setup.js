// Chromium with the extension unpacked, twice: as it is shipped, and a copy that is allowed http://localhost.
// No script can click on an extension's icon, which is what grants activeTab; so tests call the copy's worker instead.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, launch, serve } from "../browser.js";

export const BUILT = join(ROOT, "dist/extension");
// Not punctual: without a GPU every frame is late.
export const SETTINGS = { on: true, model: "fast", strength: 1, compare: false, at: 0.5, punctual: false };

export async function open() {
  assert.ok(existsSync(BUILT), "build it first: npm run build");
  const folder = mkdtempSync(join(tmpdir(), "crispen-extension-"));
  cpSync(BUILT, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  const allowed = { ...manifest, name: "Crispen under test", host_permissions: ["http://localhost/*"] };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(allowed));
  const browser = await launch(["--autoplay-policy=no-user-gesture-required"], { enableExtensions: [BUILT, folder], pipe: true });
  const workers = {};
  while (Object.keys(workers).length < 2) {
    const known = Object.values(workers).map(({ target }) => target);
    const target = await browser.waitForTarget((each) => each.url().endsWith("worker.js") && !known.includes(each));
    const worker = await target.worker();
    const name = await worker.evaluate(() => chrome.runtime.getManifest().name);
    workers[name === manifest.name ? "shipped" : "tested"] = { target, worker, address: target.url().replace("worker.js", "") };
  }
  const site = await serve("tests/call", process.env.PICTURES ?? "../examples/pictures", "dist/page");
  return {
    browser, site, ...workers,
    async close() {
      await browser.close();
      await site.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The tab in front, for its worker to act on. */
export const tabOf = (worker) => worker.evaluate(async () => (await chrome.tabs.query({ active: true }))[0].id);

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
