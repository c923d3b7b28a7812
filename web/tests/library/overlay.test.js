/** overlay(): a sharpened picture over a video, for pages that embed the library. */
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
  await page.evaluate(`window.softVideo = ${softVideo}`);
});
after(async () => {
  await browser?.close();
  await files?.close();
});

/** In the page: a video of a soft picture that is shown at twice its size. */
async function softVideo() {
  const source = await read("router-blurred.png");
  const canvas = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height });
  const context = canvas.getContext("2d");
  const timer = setInterval(() => context.drawImage(source, 0, 0), 100);
  const frame = document.body.appendChild(document.createElement("div"));
  const video = frame.appendChild(document.createElement("video"));
  video.style.cssText = `display:block;width:${2 * source.width}px`;
  Object.assign(video, { muted: true, srcObject: canvas.captureStream(10) });
  await video.play();
  const until = async (what) => {
    for (let wait = 0; wait < 800 && !what(); wait++) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const remove = () => {
    clearInterval(timer);
    frame.remove();
  };
  return { source, frame, video, until, remove };
}

test("a model and an expert that are set while it is opened are used", { skip, timeout: 60_000 }, async () => {
  const found = await page.evaluate(async () => {
    const { overlay } = await import("/crispen.js");
    const { video, until, remove } = await softVideo();
    const over = overlay(video, { model: "balanced", punctual: false, backend: "webgl2" });
    over.set({ model: "fast", expert: "small" });
    await until(() => over.expert === "small, strength 1");
    const loaded = performance.getEntriesByType("resource").some(({ name }) => name.endsWith("fast-small.safetensors"));
    const found = [over.model, over.expert, loaded];
    over.close();
    remove();
    return found;
  });
  assert.deepEqual(found, ["fast", "small, strength 1", true]);
});

test("it shows a sharpened picture, says what runs, and takes it away", { skip, timeout: 60_000 }, async () => {
  const found = await page.evaluate(async () => {
    const { overlay } = await import("/crispen.js");
    const { source, frame, video, until, remove } = await softVideo();
    const over = overlay(video, { model: "fast", strength: 1, punctual: false, backend: "webgl2" });
    const changes = [];
    over.addEventListener("change", () => changes.push([over.model, over.expert, over.trouble].join()));
    const box = () => frame.shadowRoot?.querySelector("[data-crispen]");
    await until(() => box()?.style.visibility === "visible" && /, strength/.test(over.expert));
    const shown = box().querySelector("canvas");
    const out = {
      siblings: frame.children.length,
      size: [shown.width / source.width, shown.height / source.height],
      isOver: Math.abs(box().getBoundingClientRect().top - video.getBoundingClientRect().top) < 0.1,
      backend: over.backend.startsWith("fast on WebGL 2"),
      changed: changes.length > 0,
      trouble: over.trouble,
    };
    over.set({ expert: "small", compare: true, at: 0.25 });
    await until(() => over.expert === "small, strength 1");
    out.expert = over.expert;
    out.clip = shown.style.clipPath;
    over.close();
    out.after = box() ?? null;
    remove();
    return out;
  });
  assert.deepEqual(found, {
    siblings: 1,
    size: [2, 2],
    isOver: true,
    backend: true,
    changed: true,
    trouble: "",
    expert: "small, strength 1",
    clip: "inset(0px 0px 0px 25%)",
    after: null,
  });
  assert.deepEqual(wrong, []);
});

test("frames that come while the tab is hidden, or after it failed, do not count as late", {
  skip,
  timeout: 60_000,
}, async () => {
  const found = await page.evaluate(async () => {
    const { overlay } = await import("/crispen.js");
    const { video, until, remove } = await softVideo();
    let frames = 0;
    video.getVideoPlaybackQuality = () => ({ totalVideoFrames: frames });
    const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
    const over = overlay(video, { backend: "webgl2" });
    await until(() => over.expert);
    Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
    frames += 10_000; // none of them is drawn
    await wait(3200);
    delete document.hidden;
    await wait(1200);
    const seen = [over.model, over.trouble];
    video.dispatchEvent(new Event("encrypted"));
    frames += 10_000;
    await wait(3700);
    seen.push(over.model, over.trouble);
    over.close();
    remove();
    return seen;
  });
  assert.deepEqual(found, ["balanced", "", "balanced", "protected"]);
});

test("if frames are late it enlarges no more, then stops, and tries again when asked", {
  skip,
  timeout: 60_000,
}, async () => {
  const found = await page.evaluate(async () => {
    const { overlay } = await import("/crispen.js");
    const { source, frame, video, until, remove } = await softVideo();
    let frames = 0; // as if far more came than any computer draws
    video.getVideoPlaybackQuality = () => {
      frames += 10_000;
      return { totalVideoFrames: frames };
    };
    const over = overlay(video, { model: "fast", backend: "webgl2" });
    const width = () => (frame.shadowRoot?.querySelector("canvas")?.width ?? 0) / source.width;
    const seen = [];
    const reaches = async (what) => {
      await until(what);
      seen.push([width(), over.trouble]);
    };
    await reaches(() => width() === 2);
    await reaches(() => width() === 1);
    await reaches(() => over.trouble);
    over.set({ model: "fast" });
    await reaches(() => width() === 2);
    over.close();
    remove();
    return seen;
  });
  const slow = "the graphics of this computer are too slow for it";
  assert.deepEqual(found, [
    [2, ""],
    [1, ""],
    [1, slow],
    [2, ""],
  ]);
});
