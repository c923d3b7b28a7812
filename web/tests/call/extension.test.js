// The extension on a page with a real call. PICTURES=FOLDER PICTURE=NAME selects another source, FRAMES=12 more frames.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, complaints } from "../browser.js";
import { BUILT, open, wait } from "./setup.js";

const frames = Number(process.env.FRAMES ?? 6);
const skip = CHROMIUM ? false : "no chromium";
let here;
before(async () => {
  if (!skip) here = await open();
});
after(() => here?.close());

test("the manifest requests access to nothing but the clicked page", { skip }, () => {
  const manifest = JSON.parse(readFileSync(join(BUILT, "manifest.json"), "utf8"));
  assert.deepEqual(manifest.permissions.toSorted(), ["activeTab", "scripting", "storage"]);
  for (const key of [
    "host_permissions",
    "optional_host_permissions",
    "content_scripts",
    "web_accessible_resources",
    "externally_connectable",
  ]) {
    assert.equal(manifest[key], undefined, key);
  }
  for (const name of ["content.js", "worker.js", "popup.js"]) {
    assert.doesNotMatch(
      readFileSync(join(BUILT, name), "utf8"),
      /https?:\/\/|XMLHttpRequest|WebSocket|sendBeacon|eval\(/,
      name,
    );
  }
});

test("sharpening brings a call closer to its source", { skip, timeout: 120_000 }, async () => {
  const page = await here.browser.newPage();
  const said = complaints(page);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url())));
  await page.setViewport({ width: 920, height: 540 });
  await page.goto(`${here.site.url}/?picture=${process.env.PICTURE ?? "18F_0096.jpg"}`);
  await page.waitForFunction("window.measure && document.querySelector('#far').videoWidth > 0");

  // It has no access to a page before the user clicks.
  await assert.rejects(here.tell(page, {}), /Cannot access/);
  const popup = await here.click(page);
  assert.match(await popup.$eval("#state", (each) => each.textContent), /^1 video sharpened|^No video/);
  await popup.evaluate(() => window.close());

  const through = async (strength) => {
    await here.tell(page, { model: "balanced", strength });
    await wait(1500); // the first frames still have the old settings
    const is = await page.evaluate((count) => window.measure(count), frames);
    const { experts } = await here.status();
    console.log(JSON.stringify({ strength, experts, ...is }));
    assert.ok(is.frames >= 4, `${is.frames} frames`);
    assert.deepEqual(is.size, [320, 240]);
    assert.match(experts.join(), /^\w+, strength [\d.]+$/);
    return is;
  };
  const is = await through(1);
  for (const soft of [is.received, is.smooth]) {
    assert.ok(is.sharpened.psnr > soft.psnr + 0.5, `PSNR ${soft.psnr} to ${is.sharpened.psnr}`);
    assert.ok(is.sharpened.ssim > soft.ssim + 0.006, `SSIM ${soft.ssim} to ${is.sharpened.ssim}`);
  }
  const enlarged = await through(0); // a part of the gain is bicubic enlarging, the rest must be the network's
  for (const [measure, least] of [
    ["psnr", 0.3],
    ["ssim", 0.003],
  ]) {
    const gain = (of) => of.sharpened[measure] - of.received[measure];
    assert.ok(gain(is) > gain(enlarged) + least, `${measure} gains ${gain(is)}, by enlarging alone ${gain(enlarged)}`);
  }
  assert.deepEqual(said, []);
  assert.ok(
    asked.every((url) => ["localhost", ""].includes(url.hostname)),
    String(asked),
  );
  assert.equal(await page.evaluate(() => globalThis.crispen), undefined); // the page's own scripts cannot access it
  await page.close();
});
