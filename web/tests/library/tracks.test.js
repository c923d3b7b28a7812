/** What a sharpened track has in common with its source, and how it ends. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

const skip = !CHROMIUM
  ? "no chromium"
  : !existsSync(join(ROOT, "dist/library/models"))
    ? "run: npm run models, npm run build"
    : false;
let browser, files, page, wrong;

before(async () => {
  if (skip) return;
  ({ browser, files, page, wrong } = await openLibrary("tests/golden"));
  await page.evaluate(() => {
    window.moving = (width, height) => {
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      let count = 0;
      setInterval(() => {
        context.fillStyle = `hsl(${count++ * 10} 80% 50%)`;
        context.fillRect(0, 0, width, height);
      }, 30);
      return canvas.captureStream(30).getVideoTracks()[0];
    };
    window.until = async (what) => {
      for (let wait = 0; wait < 400 && !what(); wait++) await new Promise((resolve) => setTimeout(resolve, 20));
      return Boolean(what());
    };
  });
});
after(async () => {
  await browser?.close();
  await files?.close();
});

for (const hasProcessor of [true, false]) {
  const how = hasProcessor ? "frame by frame" : "through a canvas";
  test(`${how}: a track of another size, with an expert, hint and settings`, { skip }, async () => {
    const found = await page.evaluate(async (hasProcessor) => {
      const Processor = window.MediaStreamTrackProcessor;
      if (!hasProcessor) delete window.MediaStreamTrackProcessor;
      const track = moving(64, 48);
      track.contentHint = "detail";
      const sharpener = await Sharpener.open({ models: models("fast"), backend: "webgl2" });
      const made = sharpener.track(track, { size: (width, height) => [2 * width, 2 * height], expert: "small" });
      const video = document.createElement("video");
      video.srcObject = new MediaStream([made]);
      video.muted = true;
      await video.play();
      await until(() => sharpener.stats.frames > 4 && video.videoWidth === 128);
      const { width, height, frameRate } = made.getSettings();
      const out = {
        shown: [video.videoWidth, video.videoHeight],
        settings: [width, height],
        rate: frameRate === track.getSettings().frameRate,
        hint: made.contentHint,
        expert: sharpener.choice.expert,
      };
      track.stop();
      out.ends = await until(() => made.readyState === "ended");
      const frames = sharpener.stats.frames;
      await new Promise((resolve) => setTimeout(resolve, 200));
      out.draws = sharpener.stats.frames - frames;
      sharpener.close();
      window.MediaStreamTrackProcessor = Processor;
      return out;
    }, hasProcessor);
    assert.deepEqual(found, {
      shown: [128, 96],
      settings: [128, 96],
      rate: true,
      hint: "detail",
      expert: "small",
      ends: true,
      draws: 0,
    });
    assert.deepEqual(wrong, []);
  });
}

test("a captured track that is stopped ends the drawing", { skip }, async () => {
  const draws = await page.evaluate(async () => {
    const Processor = window.MediaStreamTrackProcessor;
    delete window.MediaStreamTrackProcessor;
    const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend: "webgl2" });
    const made = sharpener.track(moving(64, 48));
    await until(() => sharpener.stats.frames > 2);
    made.stop();
    const frames = sharpener.stats.frames;
    await new Promise((resolve) => setTimeout(resolve, 200));
    window.MediaStreamTrackProcessor = Processor;
    const drawn = sharpener.stats.frames - frames;
    sharpener.close();
    return [drawn, made.readyState];
  });
  assert.deepEqual(draws, [0, "ended"]);
});

test("frame() draws at another size and keeps the time", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const sharpener = await Sharpener.open({ models: models("fast"), set: "small", backend: "webgl2" });
    const came = new VideoFrame(await read("0.png"), { timestamp: 77_000 });
    const made = sharpener.frame(came, [2 * came.displayWidth, 2 * came.displayHeight]);
    const out = [made.displayWidth / came.displayWidth, made.timestamp];
    for (const each of [came, made]) each.close();
    sharpener.close();
    return out;
  });
  assert.deepEqual(found, [2, 77_000]);
});
