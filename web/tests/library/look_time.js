/** Prints how long the router takes for one look at a frame, in Chromium without a GPU: node tests/library/look_time.js */
import { join } from "node:path";
import { build } from "vite";
import { openLibrary, ROOT } from "../browser.js";

const lib = { entry: join(ROOT, "tests/library/router.ts"), formats: ["iife"], name: "router" };
const [made] = await build({ configFile: false, publicDir: false, logLevel: "error", build: { write: false, lib } });
const { browser, files, page } = await openLibrary("tests/golden");
await page.addScriptTag({ content: `${made.output[0].code}; window.router = router;` });
for (const backend of ["webgl2", "webgpu"]) {
  const times = await page.evaluate(async (backend) => {
    const { gains, places, readRouter, tilesOf } = router;
    const network = readRouter(await models("balanced")("router"));
    const sharpener = await Sharpener.open({ models: models("fast"), backend, set: "any", strength: 0 });
    const picture = await read("router-noisy.png");
    const at = places(picture.width, picture.height);
    const times = [];
    for (let count = 0; count < 60; count++) {
      sharpener.draw(picture);
      await sharpener.finished();
      const began = performance.now();
      const rgba = await sharpener.device.read(at);
      const read_ = performance.now();
      gains(network, tilesOf(rgba, at));
      times.push([read_ - began, performance.now() - read_]);
    }
    sharpener.close();
    return times.slice(20); // the first ones warm up
  }, backend);
  const median = (part) => times.map((each) => each[part]).sort((one, other) => one - other)[times.length >> 1];
  console.log(
    `${backend}: readback ${median(0).toFixed(1)} ms, measures and gains ${median(1).toFixed(1)} ms, medians`,
  );
}
await browser.close();
await files.close();
