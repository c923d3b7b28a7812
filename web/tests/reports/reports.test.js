// The pages of the Python package, filled by Python with sample data, in real Chromium.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, complaints, launch, ROOT } from "../browser.js";
import { failures } from "../contrast.js";

const skip = CHROMIUM ? false : "no chromium";
let folder;
let browser;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "crispen-reports-"));
  execFileSync(
    process.platform === "win32" ? "python" : "python3",
    [join(ROOT, "tests/reports/sample_pages.py"), folder],
    {
      stdio: "pipe",
    },
  );
  // Python serves this page as it is; here its files are beside it.
  const serve = join(ROOT, "../src/crispen/serve");
  for (const name of ["page.html", "page.css", "page.js"]) {
    const text = readFileSync(join(serve, name), "utf8");
    writeFileSync(join(folder, name), name === "page.html" ? text.replaceAll('"/page.', '"page.') : text);
  }
  browser = await launch(["--allow-file-access-from-files"]);
});
after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function open(path, width = 1280, scheme = "light") {
  const page = await browser.newPage();
  const said = complaints(page);
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${folder}/${path}`);
  return { page, said };
}

for (const path of ["compare.html", "videos.html", "callbench.html", "study/site/index.html", "page.html"]) {
  test(`${path}: text can be read, nothing overflows, in light and dark, wide and narrow`, {
    skip,
    timeout: 60_000,
  }, async () => {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 320]) {
        const { page, said } = await open(path, width, scheme);
        await page.evaluate(() => {
          for (const each of document.querySelectorAll("details")) each.open = true;
          for (const each of document.querySelectorAll(".table")) each.classList.add("intervals");
        });
        assert.deepEqual(await failures(page), [], `${scheme}, ${width} pixels`);
        assert.ok(
          (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
          `overflows at ${width} pixels`,
        );
        assert.deepEqual(said, []);
        await page.close();
      }
    }
  });
}

const dividerValue = (divider) => divider.evaluate((each) => Number(each.getAttribute("aria-valuenow")));

for (const path of ["compare.html", "videos.html", "callbench.html"]) {
  test(`${path}: the divider works by keyboard and by pointer`, { skip, timeout: 30_000 }, async () => {
    const { page } = await open(path);
    const divider = await page.$("[role=slider]");
    await divider.scrollIntoView();
    await divider.focus();
    assert.equal(await dividerValue(divider), 50);
    for (const [key, wanted] of [
      ["ArrowRight", 51],
      ["ArrowLeft", 50],
      ["PageUp", 60],
      ["PageDown", 50],
      ["End", 100],
      ["Home", 0],
    ]) {
      await page.keyboard.press(key);
      assert.equal(await dividerValue(divider), wanted, key);
    }
    const box = await divider.evaluate((each) => {
      const { left, top, width, height } = each.parentElement.getBoundingClientRect();
      return { left, top, width, height };
    });
    const middle = box.top + box.height / 2;
    await page.mouse.move(box.left + 0.3 * box.width, middle);
    await page.mouse.down();
    await page.mouse.move(box.left + 0.5 * box.width, middle);
    await page.mouse.up();
    assert.ok(Math.abs((await dividerValue(divider)) - 50) <= 1);
    assert.match(await divider.evaluate((each) => each.getAttribute("aria-valuetext")), /^\d+% .+, \d+% .+/);
    await page.close();
  });
}

test("compare.html: the truth is shown while its key is held", { skip, timeout: 30_000 }, async () => {
  const { page } = await open("compare.html");
  const shown = () => page.$eval("#stage", (each) => each.classList.contains("truth-shown"));
  await page.keyboard.down("t");
  assert.ok(await shown());
  await new Promise((done) => setTimeout(done, 450));
  await page.keyboard.up("t");
  assert.ok(!(await shown()));
  await page.keyboard.press("t");
  assert.ok(await shown());
  await page.close();
});

test("videos.html: steps frame by frame and plays", { skip, timeout: 30_000 }, async () => {
  const { page } = await open("videos.html");
  const frame = () => page.$eval("#frame", (each) => each.textContent);
  await page.waitForFunction("document.querySelector('video').readyState >= 2");
  assert.equal(await frame(), "frame 1 of 89");
  await page.click("#forward");
  await page.waitForFunction("document.querySelector('#frame').textContent === 'frame 2 of 89'");
  await page.keyboard.press(",");
  assert.equal(await frame(), "frame 1 of 89");
  await page.keyboard.press("Space");
  await page.waitForFunction("!document.querySelector('video').paused");
  await page.waitForFunction("document.querySelectorAll('video')[1].currentTime > 0.2");
  await page.close();
});

test("callbench.html: tables sort, and show other measures", { skip, timeout: 30_000 }, async () => {
  const { page } = await open("callbench.html");
  const names = () => page.$$eval("#core tbody th", (all) => all.map((each) => each.firstChild.textContent));
  const before = await names();
  await page.$$eval("#core thead button", (all) => all[0].click());
  const sorted = await names();
  assert.deepEqual(sorted.toSorted(), before.toSorted());
  assert.notDeepEqual(sorted, before);
  assert.equal(sorted[0], before[0]); // the input stays on top
  await page.select("#conditions select", "ssim");
  assert.match(await page.$eval("#conditions .one .corner", (each) => each.textContent), /SSIM gain/);
  await page.close();
});

test("a study: a rater answers all pairs by keyboard", { skip, timeout: 60_000 }, async () => {
  const { page, said } = await open("study/site/index.html?rater=1");
  await page.select("#display", "laptop");
  await page.type("#distance", "60");
  await page.select("#lighting", "normal");
  await page.select("#eyesight", "good");
  await page.click("#form .main");
  const pairs = Number((await page.$eval("#count", (each) => each.textContent)).split(" of ")[1]);
  for (let index = 0; index < pairs; index++) {
    await page.waitForFunction(`document.querySelector('#count').textContent.startsWith('Pair ${index + 1} ')`);
    await page.waitForFunction("!document.querySelector('[data-choice]').hasAttribute('aria-disabled')");
    if (index === 0) assert.deepEqual(await failures(page), []);
    await page.keyboard.press(index % 2 ? "1" : "2");
  }
  await page.waitForFunction("!document.querySelector('#end').hidden");
  const answers = JSON.parse(await page.$eval("#text", (each) => each.value));
  assert.equal(answers.format, "crispen-study-answers/1");
  assert.deepEqual(
    answers.answers.map((each) => each.choice),
    Array.from({ length: pairs }, (_, index) => (index % 2 ? "left" : "right")),
  );
  assert.equal(answers.viewing.distance_cm, 60);
  assert.deepEqual(said, []);
  await page.close();
});
