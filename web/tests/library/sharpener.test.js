import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

const skip = !CHROMIUM
  ? "no chromium"
  : !existsSync(join(ROOT, "tests/golden/pairs.json"))
    ? "run: npm run models"
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

test("the library and every model are small", () => {
  assert.ok(gzipSync(readFileSync(join(ROOT, "dist/library/crispen.js"))).length < 60_000);
  for (const name of readdirSync(join(ROOT, "public/models"))) {
    assert.ok(statSync(join(ROOT, "public/models", name)).size < 400_000, name);
  }
});

for (const backend of ["webgl2", "webgpu"]) {
  test(`${backend}: strength, divider, sizes`, { skip }, async () => {
    const found = await page.evaluate(async (backend) => {
      const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend, precision: "f32" });
      const input = await read("0.png");
      const [width, height] = [input.width, input.height];
      const came = pixels(input);
      const drawn = (strength, split = 0) => {
        sharpener.strength = strength;
        sharpener.split = split;
        sharpener.draw(input);
        return pixels(sharpener.canvas);
      };
      const apart = (one, other, from, to) => {
        let most = 0;
        for (let y = 0; y < height; y++) {
          for (let x = from; x < to; x++)
            most = Math.max(most, Math.abs(one[4 * (y * width + x)] - other[4 * (y * width + x)]));
        }
        return most;
      };
      const full = drawn(1);
      const half = drawn(1, 0.5);
      const out = { none: apart(drawn(0), came, 0, width), full: apart(full, came, 0, width) };
      out.left = apart(half, came, 0, width / 2);
      out.right = apart(half, full, width / 2, width);
      sharpener.split = 0;
      sharpener.draw(input, [300, 200]);
      out.large = [sharpener.canvas.width, sharpener.canvas.height];
      sharpener.draw(await read("1.png"));
      out.odd = [sharpener.canvas.width, sharpener.canvas.height];
      out.back = apart(drawn(1), full, 0, width);
      try {
        sharpener.strength = 2.1;
      } catch (error) {
        out.refused = error.name;
      }
      out.macs = sharpener.macsPerPixel;
      const timing = await sharpener.benchmark(64, 48, 3);
      out.timed = timing.frameTime > 0 && timing.backend === backend && timing.device.length > 0;
      sharpener.close();
      out.after = sharpener.draw(input);
      return out;
    }, backend);
    const { full, macs, ...rest } = found;
    assert.ok(full > 5 && macs > 500);
    assert.deepEqual(rest, {
      none: 0,
      left: 0,
      right: 0,
      large: [300, 200],
      odd: [101, 75],
      back: 0,
      refused: "RangeError",
      timed: true,
      after: false,
    });
    assert.deepEqual(wrong, []);
  });

  test(`${backend}: enlarging is OpenCV's bicubic, then the network`, { skip }, async () => {
    const off = await page.evaluate(async (backend) => {
      // bicubic interpolation keeps a ramp linear: 8 levels per pixel become 4
      const ramp = new ImageData(24, 8);
      for (let at = 0; at < ramp.data.length; at++) ramp.data[at] = at % 4 === 3 ? 255 : 20 + 8 * ((at >> 2) % 24);
      const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend, strength: 0 });
      sharpener.draw(await createImageBitmap(ramp), [48, 16]);
      const got = pixels(sharpener.canvas);
      let most = 0;
      for (let x = 4; x < 44; x++) most = Math.max(most, Math.abs(got[4 * (48 * 5 + x)] - (20 + 4 * x - 2)));
      sharpener.close();
      return most;
    }, backend);
    assert.ok(off <= 1, `${off} levels`);
  });

  test(`${backend}: a lost device is restored`, { skip }, async () => {
    const found = await page.evaluate(async (backend) => {
      let device, gl;
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...args) {
        device = await request.apply(this, args);
        return device;
      };
      const canvas = document.createElement("canvas");
      const get = canvas.getContext.bind(canvas);
      canvas.getContext = (...args) => (gl = get(...args));
      const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend, canvas, precision: "f32" });
      GPUAdapter.prototype.requestDevice = request;
      const input = await read("0.png");
      sharpener.draw(input);
      const before = pixels(canvas);
      const lost = new Promise((resolve) => sharpener.addEventListener("lost", (event) => resolve(event.detail)));
      const restored = new Promise((resolve) =>
        sharpener.addEventListener("restored", (event) => resolve(event.detail)),
      );
      const loses = backend === "webgl2" && gl.getExtension("WEBGL_lose_context");
      if (loses) loses.loseContext();
      else device.destroy();
      const why = await lost;
      const between = sharpener.draw(input);
      if (loses) setTimeout(() => loses.restoreContext(), 20);
      const on = await restored;
      const drew = sharpener.draw(input);
      const again = pixels(canvas);
      const same = again.length === before.length && again.every((value, at) => value === before[at]);
      sharpener.close();
      return { why: why.length > 0, between, on, drew, same };
    }, backend);
    assert.deepEqual(found, { why: true, between: false, on: backend, drew: true, same: true });
  });
}

test("a track gives a sharpened track, which stops with its sharpener", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const source = document.createElement("canvas");
    [source.width, source.height] = [64, 48];
    const context = source.getContext("2d");
    let frame = 0;
    const timer = setInterval(() => {
      context.fillStyle = `hsl(${frame++ * 10} 80% 50%)`;
      context.fillRect(0, 0, 64, 48);
    }, 30);
    const [track] = source.captureStream(30).getVideoTracks();
    const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend: "webgl2" });
    const made = sharpener.track(track);
    while (sharpener.stats.frames < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    const out = {
      kind: made.kind,
      live: made.readyState,
      width: sharpener.canvas.width,
      timed: sharpener.stats.frameTime > 0,
    };
    sharpener.close();
    clearInterval(timer);
    track.stop();
    return { ...out, after: made.readyState };
  });
  assert.deepEqual(found, { kind: "video", live: "live", width: 64, timed: true, after: "ended" });
  assert.deepEqual(wrong, []);
});

test("impossible options are refused with a reason", { skip }, async () => {
  const said = await page.evaluate(async () => {
    const tried = async (options) =>
      Sharpener.open(options).then(
        () => "",
        (error) => error.message,
      );
    const bytes = new Uint8Array([1, 2, 3]).buffer;
    const broken = await tried({ models: async () => bytes });
    const used = document.createElement("canvas");
    used.getContext("2d");
    const taken = await tried({ models: models("fast"), canvas: used, backend: "webgl2" });
    const auto = await Sharpener.open({ models: models("fast") }); // a software device is used only on request
    const { backend, reason } = auto;
    auto.close();
    return { broken, taken, backend, reason };
  });
  assert.match(said.broken, /safetensors/);
  assert.match(said.taken, /in use/);
  assert.equal(said.backend, "webgl2");
  assert.match(said.reason, /software/);
});
