// The positions of the overlays. At strength 0 they show what they cover, so the page must look unchanged.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, complaints, ROOT } from "../browser.js";
import { findBoxes, open, wait } from "./setup.js";

const skip = CHROMIUM ? false : "no chromium";
const NAMES = ["cover", "contain", "plain", "scaled", "fixed"];
let here, page, said, foreign, was;

before(async () => {
  if (skip) return;
  here = await open();
  const clip = readFileSync(join(ROOT, "../examples/call.mp4"));
  foreign = createServer((_, response) => response.writeHead(200, { "Content-Type": "video/mp4" }).end(clip));
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
  page = await here.browser.newPage();
  said = complaints(page);
  await page.setViewport({ width: 800, height: 800 });
  await page.evaluateOnNewDocument(findBoxes);
  await page.goto(`${here.site.url}/videos.html`);
  await page.waitForFunction(
    "window.streamOf && [...document.querySelectorAll('video')].every((each) => each.readyState > 2)",
  );
  was = await pictures();
  const popup = await here.click(page);
  await popup.evaluate(() => window.close());
});
after(async () => {
  foreign?.close();
  await here?.close();
});

const apply = (settings) => here.tell(page, settings);
const status = () => here.status();
const pictures = async (names = NAMES) => {
  const taken = {};
  for (const name of names) {
    const box = await page.evaluate((id) => document.querySelector(`#${id}`).getBoundingClientRect().toJSON(), name);
    taken[name] = await page.screenshot({ encoding: "base64", clip: box });
  }
  return taken;
};
const shown = (name) =>
  page.evaluate((id) => {
    const video = document.querySelector(`#${id}`);
    const over = window.boxOf(video);
    const off = over && window.apart(over, video);
    if (!over || off > 60 || getComputedStyle(over).visibility !== "visible") return null;
    const canvas = over.querySelector("canvas");
    return {
      off,
      size: [canvas.width, canvas.height],
      clip: canvas.style.clipPath,
      top: over.matches(":popover-open"),
    };
  }, name);
const until = async (what, wanted) => {
  for (let tries = 0; tries < 40; tries++) {
    if (wanted(await what())) return;
    await wait(250);
  }
  assert.fail(`it stays ${JSON.stringify(await what())}`);
};

/** PSNR of two screenshots, in dB. */
async function nearness(one, other) {
  const blank = await here.browser.newPage();
  const result = await blank.evaluate(
    async (...pictures) => {
      const [a, b] = await Promise.all(
        pictures.map(async (text) => {
          const image = new Image();
          image.src = `data:image/png;base64,${text}`;
          await image.decode();
          const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
          context.drawImage(image, 0, 0);
          return context.getImageData(0, 0, image.width, image.height).data;
        }),
      );
      let sum = 0;
      for (let at = 0; at < a.length; at++) sum += (a[at] - b[at]) ** 2;
      return 10 * Math.log10((255 * 255 * a.length) / sum);
    },
    one,
    other,
  );
  await blank.close();
  await page.bringToFront();
  return result;
}

test("the overlay covers videos of every layout exactly", { skip, timeout: 60_000 }, async () => {
  await apply({ strength: 0 });
  for (const name of NAMES)
    await until(
      () => shown(name),
      (is) => is && is.off < 0.6,
    );
  const same = await pictures();
  await apply({ strength: 1.5 });
  for (const name of NAMES) {
    const near = await nearness(was[name], same[name]);
    // Under a transform Chromium rounds the position of a video to whole pixels, but not that of a canvas: up to half a pixel.
    assert.ok(near > (["cover", "scaled"].includes(name) ? 26 : 40), `${name}: ${near} dB at strength 0`);
    await until(
      async () => nearness(same[name], (await pictures([name]))[name]),
      (changed) => changed < 60,
    );
  }

  await page.evaluate(() => scrollTo(0, 120));
  await page.evaluate(() => (document.querySelector(".scaled").scrollTop = 0));
  for (const name of NAMES)
    await until(
      () => shown(name),
      (is) => is && is.off < 0.6,
    );
  await page.evaluate(() => scrollTo(0, 0));
});

test("before and after: the divider follows the pointer, mirrored like the video", {
  skip,
  timeout: 30_000,
}, async () => {
  await apply({ compare: true, at: 0.25 });
  await until(
    () => shown("plain"),
    (is) => is?.clip === "inset(0px 0px 0px 25%)",
  );
  await until(
    () => shown("cover"),
    (is) => is?.clip === "inset(0px 25% 0px 0px)",
  ); // mirrored
  const box = await page.evaluate(() => document.querySelector("#plain").getBoundingClientRect().toJSON());
  await page.mouse.move(box.x + 0.75 * box.width, box.y + 20);
  await until(
    () => shown("plain"),
    (is) => is && Math.abs(parseFloat(is.clip.split(" ")[3]) - 75) < 1,
  );
  await apply({});
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 20);
  await until(
    () => shown("plain"),
    (is) => is?.clip === "inset(0px)",
  );
  await page.keyboard.down("Alt");
  await until(
    () => shown("plain"),
    (is) => is && Math.abs(parseFloat(is.clip.split(" ")[3]) - 50) < 1,
  );
  await page.keyboard.up("Alt");
  await until(
    () => shown("plain"),
    (is) => is?.clip === "inset(0px)",
  );
});

test("the overlay follows full screen, another stream and removal", { skip, timeout: 60_000 }, async () => {
  await page.click("#full");
  await until(
    () => shown("contain"),
    (is) => is?.top && is.off < 0.6,
  );
  await page.evaluate(() => document.exitFullscreen());
  await until(
    () => shown("contain"),
    (is) => is && !is.top && is.off < 0.6,
  );

  await page.evaluate(() => (document.querySelector("#plain").srcObject = window.streamOf(200, 150)));
  await page.evaluate(() => document.querySelector("#plain").play());
  await until(
    () => shown("plain"),
    (is) => is && is.size[0] === 400, // shown at 1.3 times its size
  );

  await page.evaluate(() => document.querySelector("#cover").remove());
  await until(
    () => page.evaluate(() => window.boxes().length),
    (count) => count === NAMES.length - 1,
  );
});

test("videos that cannot be read are not sharpened, with a reason", { skip, timeout: 60_000 }, async () => {
  const address = `http://127.0.0.1:${foreign.address().port}/clip.mp4`;
  await page.evaluate(async (src) => {
    const other = Object.assign(document.createElement("video"), { id: "other", src, muted: true, loop: true });
    const locked = Object.assign(document.createElement("video"), { id: "locked", muted: true });
    document.body.prepend(other, locked);
    const access = await navigator.requestMediaKeySystemAccess("org.w3.clearkey", [
      { initDataTypes: ["keyids"], videoCapabilities: [{ contentType: 'video/webm; codecs="vp8"' }] },
    ]);
    await locked.setMediaKeys(await access.createMediaKeys());
    locked.srcObject = window.streamOf(320, 240);
    await Promise.all([other.play(), locked.play()]);
  }, address);
  await until(status, (is) => Object.keys(is.left).length === 2);
  const { left, sharpened } = await status();
  assert.deepEqual(left, { "protected (DRM)": 1, "from another site, which does not let it be read": 1 });
  assert.equal(sharpened, NAMES.length - 1);
  assert.equal(await shown("other"), null);
  assert.equal(await shown("locked"), null);
});

test("late frames: a smaller model, then no sharpening", { skip, timeout: 60_000 }, async () => {
  await page.evaluate(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const context = canvas.getContext("2d");
    setInterval(() => context.fillRect(0, 0, 20 * Math.random(), 20), 20);
    for (const video of document.querySelectorAll("video:not(#plain)")) video.remove();
    Object.assign(document.querySelector("#plain"), {
      width: 640,
      height: 480,
      srcObject: canvas.captureStream(50),
    }).play();
  });
  await apply({ model: "balanced", punctual: true });
  await until(status, (is) => is.backend.startsWith("fast"));
  await apply({ model: "balanced" }); // it stays with the smaller model
  const told = async () => {
    const popup = await here.click(page);
    const is = await popup.evaluate(() => ({
      lit: document.querySelector("[name=model]:checked").value,
      state: document.querySelector("#state").textContent,
      lines: document.querySelector("#left").innerText,
    }));
    await popup.evaluate(() => window.close());
    return is;
  };
  const slower = await told();
  assert.equal(slower.lit, "fast");
  assert.match(slower.lines, /Balanced is too slow on this computer/);
  await until(status, (is) => is.left["the graphics of this computer are too slow for it"] === 1);
  assert.equal(await shown("plain"), null);
  const none = await told();
  assert.equal(none.state, "No video is sharpened");
  assert.match(none.lines, /1 video not sharpened: the graphics of this computer are too slow for it/);
  await apply({ on: false });
  await apply({}); // turning it on again tries again
  await until(status, (is) => is.sharpened === 1);
});

test("the popup turns sharpening on and off, by keyboard too", { skip, timeout: 60_000 }, async () => {
  const popup = await here.click(page);
  const complained = complaints(popup);
  await popup.waitForFunction("document.querySelector('#state').textContent.includes('sharpened')");
  await popup.waitForFunction(
    "/(fast|balanced) on (WebGPU|WebGL 2), /.test(document.querySelector('#left').innerText)",
  );
  await popup.focus("#strength");
  await popup.keyboard.press("ArrowLeft");
  assert.equal(await popup.$eval("#strength-value", (each) => each.textContent), "0.9");
  await popup.focus("#on");
  await popup.keyboard.press("Space");
  await popup.waitForFunction("document.querySelector('#state').textContent === 'Off on this page'");
  assert.equal(await page.evaluate(() => window.boxes().length), 0);
  assert.deepEqual(complained, []);
  await popup.evaluate(() => window.close());
  assert.deepEqual(said, []);
});
