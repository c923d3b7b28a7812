/** Colour, tracks, and the sources of models. */
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
  ({ browser, files, page, wrong } = await openLibrary("tests/golden", "../examples"));
});
after(async () => {
  await browser?.close();
  await files?.close();
});

for (const backend of ["webgl2", "webgpu"]) {
  test(`${backend}: the correction is the same for red, green and blue`, { skip }, async () => {
    const off = await page.evaluate(async (backend) => {
      const grey = pixels(await read("0.png"));
      const { width, height } = await read("0.png");
      const tint = [50, -30, -12]; // about no luma: 0.299 x 50 - 0.587 x 30 + 0.114 x 23.3 = 0
      tint[2] = Math.round(-(0.299 * 50 - 0.587 * 30) / 0.114);
      const made = new ImageData(width, height);
      for (let at = 0; at < grey.length; at++) made.data[at] = at % 4 === 3 ? 255 : 90 + grey[at] / 4 + tint[at % 4];
      const plain = new ImageData(width, height);
      for (let at = 0; at < grey.length; at++) plain.data[at] = at % 4 === 3 ? 255 : 90 + grey[at] / 4;
      const sharpener = await Sharpener.open({ model: "fast", set: "any", backend, precision: "f32" });
      const change = async (picture) => {
        sharpener.draw(await createImageBitmap(picture));
        return pixels(sharpener.canvas).map((value, at) => 128 + value - picture.data[at]);
      };
      const [coloured, uncoloured] = [await change(made), await change(plain)];
      sharpener.close();
      const apart = coloured.reduce((most, value, at) => Math.max(most, Math.abs(value - uncoloured[at])), 0);
      const alike = coloured.reduce(
        (most, value, at) => (at % 4 < 3 ? Math.max(most, Math.abs(value - coloured[at - (at % 4)])) : most),
        0,
      );
      return { apart, alike, changed: Math.max(...uncoloured) - 128 };
    }, backend);
    assert.ok(off.alike === 0 && off.apart <= 1 && off.changed > 3, JSON.stringify(off));
  });

  test(`${backend}: frames of a track keep size and timestamp, and all are closed`, { skip }, async () => {
    const found = await page.evaluate(async (backend) => {
      const seen = { came: [], made: [] };
      const Processor = MediaStreamTrackProcessor;
      const write = WritableStreamDefaultWriter.prototype.write;
      window.MediaStreamTrackProcessor = class {
        constructor(init) {
          const reader = new Processor(init).readable.getReader();
          const pull = async (next) => {
            const { value: frame } = await reader.read();
            if (!frame) return;
            seen.came.push([frame, frame.timestamp, frame.displayWidth]);
            next.enqueue(frame);
          };
          // Nothing is read ahead: a frame left in a queue would never be closed.
          this.readable = new ReadableStream({ pull, cancel: () => reader.cancel() }, { highWaterMark: 0 });
        }
      };
      WritableStreamDefaultWriter.prototype.write = function (frame) {
        if (frame instanceof VideoFrame) seen.made.push([frame, frame.timestamp, frame.displayWidth]);
        return write.call(this, frame);
      };
      const source = document.createElement("canvas");
      [source.width, source.height] = [65, 48];
      const context = source.getContext("2d");
      let count = 0;
      const timer = setInterval(() => {
        if (seen.made.length >= 4 && source.width < 90) source.width = 90; // as in a call that changes its size
        context.fillStyle = `hsl(${count++ * 10} 80% 50%)`;
        context.fillRect(0, 0, 90, 48);
      }, 30);
      const [track] = source.captureStream(30).getVideoTracks();
      const sharpener = await Sharpener.open({ model: "fast", set: "any", backend });
      const calls = [];
      sharpener.onstats = (stats) => calls.push(stats.frames);
      const made = sharpener.track(track);
      const until = async (what) => {
        for (let wait = 0; wait < 400 && !what(); wait++) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await until(() => seen.made.length >= 8 && seen.made.at(-1)[2] === 90);
      sharpener.close();
      track.stop();
      clearInterval(timer);
      const all = () => [...seen.came, ...seen.made].map(([frame]) => frame);
      await until(() => all().every((frame) => frame.format === null));
      window.MediaStreamTrackProcessor = Processor;
      WritableStreamDefaultWriter.prototype.write = write;
      return {
        times: seen.made.every(([, time, width], at) => time === seen.came[at][1] && width === seen.came[at][2]),
        sizes: [...new Set(seen.made.map(([, , width]) => width))],
        open: all().filter((frame) => frame.format !== null).length,
        ours: seen.made.every(([frame]) => !seen.came.some(([came]) => came === frame)),
        counted: calls.length > 5 && sharpener.frameTime > 0,
        after: made.readyState,
      };
    }, backend);
    assert.deepEqual(found, { times: true, sizes: [65, 90], open: 0, ours: true, counted: true, after: "ended" });
    assert.deepEqual(wrong, []);
  });

  test(`${backend}: a canvas can be reused, and weights can change quickly`, { skip }, async () => {
    const found = await page.evaluate(async (backend) => {
      const canvas = document.createElement("canvas");
      const input = await read("1.png");
      const drawn = async (model, set) => {
        const sharpener = await Sharpener.open({ model, set, canvas, backend, precision: "f32" });
        sharpener.draw(input);
        const out = pixels(canvas);
        sharpener.close();
        return out.join();
      };
      const [any, small] = [await drawn("fast", "any"), await drawn("fast", "small")];
      const slow = async (set) => {
        await new Promise((resolve) => setTimeout(resolve, set === "any" ? 200 : 0));
        return (await fetch(`fast-${set}.safetensors`)).arrayBuffer();
      };
      const sharpener = await Sharpener.open({ model: "fast", set: "any", canvas, backend, precision: "f32" });
      await Promise.all([sharpener.use("any", slow), sharpener.use("small", slow)]);
      sharpener.draw(input);
      const last = pixels(canvas).join();
      sharpener.close();
      return { differ: any !== small, last: last === small };
    }, backend);
    assert.deepEqual(found, { differ: true, last: true });
  });
}

test("webgpu: at strength 0 a video has its own colours on the screen", { skip }, async () => {
  const tab = await browser.newPage();
  await tab.setViewport({ width: 640, height: 960 });
  await tab.goto(files.url);
  await tab.waitForFunction("window.ready");
  await tab.evaluate(async () => {
    document.body.style.margin = 0;
    const [video, canvas] = ["video", "canvas"].map((name) => document.body.appendChild(document.createElement(name)));
    video.style.display = canvas.style.display = "block";
    video.src = "call.mp4"; // its primaries are BT.601's, not the screen's
    await new Promise((resolve) => (video.onloadeddata = resolve));
    video.currentTime = 1;
    await new Promise((resolve) => (video.onseeked = resolve));
    const sharpener = await Sharpener.open({ model: "fast", set: "any", backend: "webgpu", strength: 0, canvas });
    sharpener.draw(video);
    await sharpener.finished();
    for (let count = 0; count < 5; count++) await new Promise(requestAnimationFrame);
  });
  const [above, below] = [0, 480].map((y) => ({ clip: { x: 0, y, width: 640, height: 480 }, encoding: "base64" }));
  const shots = [await tab.screenshot(above), await tab.screenshot(below)];
  const off = await tab.evaluate(async (shots) => {
    const [video, canvas] = await Promise.all(
      shots.map(async (shot) => pixels(await read(`data:image/png;base64,${shot}`))),
    );
    return {
      most: video.reduce((most, value, at) => Math.max(most, Math.abs(value - canvas[at])), 0),
      spread: video[0] !== video[video.length / 2 + 4 * 320],
    };
  }, shots);
  await tab.close();
  assert.ok(off.most <= 2 && off.spread, JSON.stringify(off));
});

test("a track keeps running in a hidden tab", { skip }, async () => {
  const front = await browser.newPage();
  await front.bringToFront();
  const found = await page.evaluate(async () => {
    const source = new MediaStreamTrackGenerator({ kind: "video" });
    const writer = source.writable.getWriter();
    const picture = await read("1.png");
    const sharpener = await Sharpener.open({ model: "fast", set: "any", backend: "webgl2" });
    const made = new MediaStreamTrackProcessor({ track: sharpener.track(source) }).readable.getReader();
    const began = performance.now();
    let count = 0;
    for (; count < 10; count++) {
      await writer.write(new VideoFrame(picture, { timestamp: count * 33_000 }));
      const { value } = await made.read();
      if (value.timestamp !== count * 33_000) break;
      value.close();
    }
    const seconds = (performance.now() - began) / 1000;
    sharpener.close();
    source.stop();
    return { hidden: document.hidden, count, seconds };
  });
  await front.close();
  await page.bringToFront();
  assert.ok(found.hidden && found.count === 10, JSON.stringify(found));
  assert.ok(found.seconds < 5, `${found.seconds} s: timers of hidden tabs wait for a second`);
});

test("while the device is lost a track passes frames on unchanged", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const source = new MediaStreamTrackGenerator({ kind: "video" });
    const writer = source.writable.getWriter();
    const picture = await read("0.png");
    const sharpener = await Sharpener.open({ model: "fast", set: "any", backend: "webgl2" });
    const made = new MediaStreamTrackProcessor({ track: sharpener.track(source) }).readable.getReader();
    let count = 0;
    const through = async () => {
      await writer.write(new VideoFrame(picture, { timestamp: count++ * 33_000 }));
      const { value } = await made.read();
      const bitmap = await createImageBitmap(value);
      value.close();
      return pixels(bitmap).join();
    };
    const said = (name) => new Promise((resolve) => sharpener.addEventListener(name, resolve, { once: true }));
    const [lost, restored] = [said("lost"), said("restored")];
    const loses = sharpener.canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
    const sharp = await through();
    loses.loseContext();
    await lost;
    const between = await through();
    setTimeout(() => loses.restoreContext(), 50);
    await restored;
    const again = await through();
    sharpener.close();
    source.stop();
    return { differ: sharp !== between, came: between === pixels(picture).join(), again: again === sharp };
  });
  assert.deepEqual(found, { differ: true, came: true, again: true });
});

test("without MediaStreamTrackProcessor a track captures the canvas", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const Processor = MediaStreamTrackProcessor;
    delete window.MediaStreamTrackProcessor;
    const source = document.createElement("canvas");
    [source.width, source.height] = [64, 48];
    const context = source.getContext("2d");
    let count = 0;
    const timer = setInterval(() => {
      context.fillStyle = `hsl(${count++ * 10} 80% 50%)`;
      context.fillRect(0, 0, 64, 48);
    }, 30);
    const [track] = source.captureStream(30).getVideoTracks();
    const sharpener = await Sharpener.open({ model: "fast", set: "any", backend: "webgl2" });
    const made = sharpener.track(track);
    for (let wait = 0; wait < 400 && sharpener.stats.frames < 5; wait++)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const out = {
      frames: sharpener.stats.frames >= 5,
      canvas: made.canvas === sharpener.canvas,
      width: sharpener.canvas.width,
    };
    sharpener.close();
    track.stop();
    clearInterval(timer);
    window.MediaStreamTrackProcessor = Processor;
    return { ...out, after: made.readyState };
  });
  assert.deepEqual(found, { frames: true, canvas: true, width: 64, after: "ended" });
  assert.deepEqual(wrong, []);
});

test("a model is a name, an address or a file", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const file = await (await fetch("best-any.safetensors")).arrayBuffer();
    const macs = [];
    for (const options of [
      {},
      { model: "fast", folder: "/models" },
      { model: "/models/best-any.safetensors" },
      { model: file },
    ]) {
      const sharpener = await Sharpener.open({ ...options, backend: "webgl2" });
      macs.push(sharpener.macsPerPixel);
      sharpener.close();
    }
    const tried = (options) =>
      Sharpener.open({ backend: "webgl2", ...options }).then(
        () => "",
        (error) => error.message,
      );
    const strong = await tried({ strength: 3 });
    return { macs, strong };
  });
  // 9 places x (4x16 + 16x16 + 16x16 + 16x4) / 4 pixels, and so on
  assert.deepEqual(found, { macs: [1440, 540, 3168, 3168], strong: "strength is 0 to 2, not 3" });
});
