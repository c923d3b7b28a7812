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
});
after(async () => {
  await browser?.close();
  await files?.close();
});

test("it shows a sharpened picture, says what runs, and takes it away", { skip, timeout: 60_000 }, async () => {
  const found = await page.evaluate(async () => {
    const { overlay } = await import("/crispen.js");
    const source = await read("router-blurred.png");
    const canvas = Object.assign(document.createElement("canvas"), { width: source.width, height: source.height });
    const context = canvas.getContext("2d");
    const timer = setInterval(() => context.drawImage(source, 0, 0), 50);
    const frame = document.body.appendChild(document.createElement("div"));
    const video = frame.appendChild(document.createElement("video"));
    video.style.cssText = `display:block;width:${2 * source.width}px`; // so that it is enlarged
    Object.assign(video, { muted: true, srcObject: canvas.captureStream(20) });
    await video.play();
    const over = overlay(video, { model: "fast", strength: 1, punctual: false, backend: "webgl2" });
    const changes = [];
    over.addEventListener("change", () => changes.push([over.model, over.expert, over.trouble].join()));
    const until = async (what) => {
      for (let wait = 0; wait < 500 && !what(); wait++) await new Promise((resolve) => setTimeout(resolve, 20));
    };
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
    clearInterval(timer);
    frame.remove();
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
