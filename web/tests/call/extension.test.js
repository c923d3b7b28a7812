// The extension, loaded unpacked in real Chromium, on a page with a real call.
// No script can click on an extension's icon, which is what grants activeTab. So the worker's own `apply` is called instead,
// in a copy whose manifest is allowed http://localhost; everything else is what is shipped.

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, ROOT, SOFTWARE, complaints, launch, serve } from "../browser.js";

const BUILT = join(ROOT, "dist/extension");
const SETTINGS = { on: true, model: "balanced", strength: 1, compare: false, at: 0.5 };
const skip = CHROMIUM ? false : "no chromium";
let folder, browser, worker, site, page, said, tabId;

before(async () => {
  if (skip) return;
  assert.ok(existsSync(BUILT), "build it first: npm run build");
  folder = mkdtempSync(join(tmpdir(), "crispen-extension-"));
  cpSync(BUILT, folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, host_permissions: ["http://localhost/*"] }));
  const shown = ["--autoplay-policy=no-user-gesture-required", "--disable-features=WebRtcHideLocalIpsWithMdns"];
  browser = await launch(shown, { enableExtensions: [folder], pipe: true });
  const target = await browser.waitForTarget((each) => each.type() === "service_worker" && each.url().endsWith("worker.js"));
  worker = await target.worker();
  site = await serve("tests/call", "../examples/pictures", "dist/page");
  page = await browser.newPage();
  said = complaints(page);
  await page.setViewport({ width: 920, height: 540 });
  await page.goto(`${site.url}/`);
  await page.waitForFunction("window.measure && document.querySelector('#far').videoWidth > 0");
  tabId = await worker.evaluate(async () => (await chrome.tabs.query({ active: true }))[0].id);
});

after(async () => {
  await browser?.close();
  await site?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const apply = (settings) => worker.evaluate((id, wanted) => apply(id, wanted), tabId, { ...SETTINGS, ...settings });

test("asks for nothing but the page that is clicked on", { skip }, () => {
  const manifest = JSON.parse(readFileSync(join(BUILT, "manifest.json"), "utf8"));
  assert.deepEqual(manifest.permissions.toSorted(), ["activeTab", "scripting", "storage"]);
  for (const key of ["host_permissions", "optional_host_permissions", "content_scripts", "web_accessible_resources", "externally_connectable"]) {
    assert.equal(manifest[key], undefined, key);
  }
  for (const name of ["content.js", "worker.js", "popup.js"]) {
    assert.doesNotMatch(readFileSync(join(BUILT, name), "utf8"), /https?:\/\/|XMLHttpRequest|WebSocket|sendBeacon|eval\(/, name);
  }
});

test("a call gets nearer to its source", { skip, timeout: 90_000 }, async () => {
  await apply({});
  const is = await page.evaluate(() => window.measure(8));
  console.log(JSON.stringify(is));
  assert.deepEqual(is.size, [320, 240]);
  assert.ok(is.frames >= 4, `${is.frames} frames`);
  for (const before of [is.received, is.smooth]) {
    assert.ok(is.sharpened.psnr > before.psnr + 0.2, `PSNR ${before.psnr} to ${is.sharpened.psnr}`);
    assert.ok(is.sharpened.ssim > before.ssim + 0.003, `SSIM ${before.ssim} to ${is.sharpened.ssim}`);
  }
  assert.deepEqual(said, []);
});
