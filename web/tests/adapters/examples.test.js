/** The pages of `examples`, built by Vite, with the SDKs themselves: each shows the camera sharpened, and ends it. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "vite";
import { CHROMIUM, launch, ROOT, serve } from "../browser.js";

const skip = !CHROMIUM
  ? "no chromium"
  : !existsSync(join(ROOT, "dist/library/models"))
    ? "run: npm run models, npm run build"
    : false;
const names = readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".html"));
let browser, files, folder;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "crispen-examples-"));
  const root = join(ROOT, "examples");
  await build({
    root,
    configFile: join(root, "vite.config.js"),
    logLevel: "error",
    build: { outDir: folder, emptyOutDir: true },
  });
  files = await serve(folder);
  browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
});
after(async () => {
  await browser?.close();
  await files?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** To be run before the page's own scripts: counts what is drawn with WebGL 2, and the errors of the page. */
function watch() {
  Object.assign(window, { draws: 0, errors: [] });
  const { drawArrays } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.drawArrays = function (...words) {
    window.draws++;
    return drawArrays.apply(this, words);
  };
  addEventListener("error", ({ message }) => window.errors.push(message));
  addEventListener("unhandledrejection", ({ reason }) => window.errors.push(String(reason)));
}

for (const name of names) {
  test(`${name} shows the sharpened video, and ends`, { skip, timeout: 60_000 }, async () => {
    const page = await browser.newPage();
    try {
      await page.evaluateOnNewDocument(watch);
      await page.goto(`${files.url}/${name}`);
      const isShown = () => {
        const video = document.querySelector("video#after, #after video");
        return window.errors.length || (window.draws > 100 && video?.currentTime > 0.5 && video.videoWidth > 0);
      };
      await page.waitForFunction(isShown, { timeout: 30_000, polling: 100 });
      assert.deepEqual(await page.evaluate(() => window.errors), []);
      const drawn = await page.evaluate(async () => {
        await window.stop();
        await new Promise((resolve) => setTimeout(resolve, 500)); // a frame under way is finished
        const before = window.draws;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return window.draws - before;
      });
      assert.equal(drawn, 0, "it goes on after its end");
      assert.deepEqual(await page.evaluate(() => window.errors), []);
    } catch (error) {
      const state = await page.evaluate(() => JSON.stringify([window.draws, window.errors]));
      assert.fail(`${error.message} ${state}`);
    } finally {
      await page.close();
    }
  });
}
