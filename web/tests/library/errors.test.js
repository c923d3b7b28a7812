/** What is said when something cannot be drawn or loaded. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

const skip = !CHROMIUM
  ? "no chromium"
  : !existsSync(join(ROOT, "dist/library/models"))
    ? "run: npm run models, npm run build"
    : false;
let browser, files, foreign, page;

before(async () => {
  if (skip) return;
  ({ browser, files, page } = await openLibrary("tests/golden", "tests/demo", "src/demo"));
  const clip = readFileSync(join(ROOT, "../examples/call.mp4"));
  foreign = createServer((_, response) => response.writeHead(200, { "Content-Type": "video/mp4" }).end(clip));
  await new Promise((resolve) => foreign.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  foreign?.close();
  await browser?.close();
  await files?.close();
});

for (const backend of ["webgl2", "webgpu"]) {
  test(`${backend}: a video of another site fails once, with the reason`, { skip }, async () => {
    const found = await page.evaluate(
      async (backend, src) => {
        const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend });
        const video = Object.assign(document.createElement("video"), { muted: true, loop: true, src });
        await video.play();
        const said = [];
        let unhandled = 0;
        const count = () => unhandled++;
        addEventListener("unhandledrejection", count);
        sharpener.addEventListener("failed", (event) => {
          event.preventDefault();
          said.push(event.detail);
        });
        sharpener.attach(video);
        let frames = 0;
        const next = () => ++frames < 6 && video.requestVideoFrameCallback(next);
        next();
        while (frames < 6) await new Promise((resolve) => setTimeout(resolve, 20));
        let drawn = "";
        try {
          sharpener.draw(video);
        } catch (error) {
          drawn = error.message;
        }
        removeEventListener("unhandledrejection", count);
        sharpener.close();
        video.removeAttribute("src");
        return { said, unhandled, drawn };
      },
      backend,
      `http://127.0.0.1:${foreign.address().port}/clip.mp4`,
    );
    assert.equal(found.said.length, 1);
    assert.match(found.said[0], /another site.*crossorigin/);
    assert.equal(found.drawn, found.said[0]);
    assert.equal(found.unhandled, 0);
  });

  test(`${backend}: a picture beyond the device's limit is refused`, { skip }, async () => {
    const said = await page.evaluate(async (backend) => {
      const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend });
      const said = [];
      for (const [width, height, size] of [
        [20_000, 2],
        [64, 64, [64, 20_000]],
      ]) {
        try {
          said.push(String(sharpener.draw(new OffscreenCanvas(width, height), size)));
        } catch (error) {
          said.push(`${error.name}: ${error.message}`);
        }
      }
      sharpener.close();
      return said;
    }, backend);
    for (const each of said) assert.match(each, /^RangeError: 20000 pixels are more than this device can draw: \d+$/);
  });
}

test("a page that is served instead of a model is named", { skip }, async () => {
  const said = await page.evaluate(async () => {
    const tried = (options) =>
      Sharpener.open({ backend: "webgl2", ...options }).then(
        () => "",
        (error) => error.message,
      );
    return [
      await tried({ model: "/index.html" }),
      await tried({ model: "/y4m.js" }),
      await tried({ folder: "/nowhere" }),
    ];
  });
  const { url } = files;
  assert.equal(said[0], `${url}/index.html is no safetensors file: the server sent a page instead`);
  assert.equal(said[1], `${url}/y4m.js is no safetensors file`);
  assert.match(said[2], /there is no model at .*\/nowhere\/balanced-.*: 404/);
});

test("in a worker a canvas is made without a document", { skip }, async () => {
  const found = await page.evaluate(async (url) => {
    const code = `
      import { Sharpener } from "${url}/crispen.js";
      const sharpener = await Sharpener.open({ model: "fast", folder: "${url}/models", set: "any", backend: "webgl2" });
      const picture = new OffscreenCanvas(32, 32);
      picture.getContext("2d").fillRect(0, 0, 20, 20);
      postMessage([sharpener.draw(picture), sharpener.canvas.width]);`;
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
    const answer = new Promise((resolve) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => resolve(event.message);
    });
    const out = await answer;
    worker.terminate();
    return out;
  }, files.url);
  assert.deepEqual(found, [true, 32]);
});
