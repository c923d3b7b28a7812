/** Sharpeners that share one WebGL2 context. Chromium allows a page sixteen, and takes the oldest away for each further one. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
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

test("they draw what Sharpeners with contexts of their own draw, in turn and of any size", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const open = (model, shared) => Sharpener.open({ models: models(model), set: "any", backend: "webgl2", shared });
    const inputs = [await read("0.png"), await read("1.png")];
    const drawn = async (shared) => {
      const [one, other] = [await open("fast", shared), await open("balanced", shared)];
      const out = [];
      for (let round = 0; round < 3; round++) {
        one.draw(inputs[round % 2]);
        other.draw(inputs[(round + 1) % 2], [200, 150]);
        out.push(pixels(one.canvas).join(), pixels(other.canvas).join());
      }
      one.close();
      out.push(other.draw(inputs[0]) && pixels(other.canvas).join());
      other.close();
      return out;
    };
    const [own, shared] = [await drawn(false), await drawn(true)];
    return own.map((each, at) => each === shared[at]);
  });
  assert.deepEqual(found, Array(7).fill(true));
  assert.deepEqual(wrong, []);
});

test("a page with fifteen contexts loses none of them", { skip, timeout: 60_000 }, async () => {
  const tab = await browser.newPage();
  await tab.goto(files.url);
  await tab.waitForFunction("window.ready");
  const lost = await tab.evaluate(async () => {
    const theirs = Array.from({ length: 15 }, () => document.createElement("canvas").getContext("webgl2"));
    const input = await read("0.png");
    for (let round = 0; round < 10; round++) {
      const open = () => {
        const canvas = document.createElement("canvas");
        return Sharpener.open({ models: models("fast"), set: "any", backend: "webgl2", shared: true, canvas });
      };
      const ours = await Promise.all([open(), open(), open(), open(), open(), open()]);
      for (const each of ours) each.draw(input);
      for (const each of ours) each.close();
    }
    return theirs.filter((gl) => gl.isContextLost()).length;
  });
  await tab.close();
  assert.equal(lost, 0);
});

test("after a loss all of them draw again", { skip, timeout: 60_000 }, async () => {
  const found = await page.evaluate(async () => {
    const contexts = [];
    const get = OffscreenCanvas.prototype.getContext;
    OffscreenCanvas.prototype.getContext = function (kind, ...rest) {
      const made = get.call(this, kind, ...rest);
      if (kind === "webgl2" && !contexts.includes(made)) contexts.push(made);
      return made;
    };
    const open = () => Sharpener.open({ models: models("fast"), set: "any", backend: "webgl2", shared: true });
    const both = [await open(), await open()];
    const input = await read("0.png");
    const seen = () => both.map((each) => each.draw(input) && pixels(each.canvas).join());
    const before = seen();
    const said = (name) =>
      Promise.all(both.map((each) => new Promise((resolve) => each.addEventListener(name, resolve, { once: true }))));
    const [lost, restored] = [said("lost"), said("restored")];
    const loses = contexts[0].getExtension("WEBGL_lose_context");
    loses.loseContext();
    await lost;
    const between = seen();
    setTimeout(() => loses.restoreContext(), 20);
    await restored;
    const again = seen();
    for (const each of both) each.close();
    OffscreenCanvas.prototype.getContext = get;
    const isLost = await new Promise((resolve) => setTimeout(() => resolve(contexts[0].isContextLost()), 50));
    return { between, same: again.every((each, at) => each === before[at]), contexts: contexts.length, isLost };
  });
  assert.deepEqual(found, { between: [false, false], same: true, contexts: 1, isLost: true });
});

test("frame() gives what they drew, at other sizes too", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const sharpener = await Sharpener.open({ models: models("fast"), set: "any", backend: "webgl2", shared: true });
    const off = [];
    for (const size of [undefined, [200, 150]]) {
      const came = new VideoFrame(await read("0.png"), { timestamp: 5 });
      const made = sharpener.frame(came, size);
      const [one, other] = [pixels(await createImageBitmap(made)), pixels(sharpener.canvas)];
      const same = made.displayWidth === sharpener.canvas.width && made.timestamp === 5;
      off.push(same && one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0));
      for (const each of [came, made]) each.close();
    }
    sharpener.close();
    return off;
  });
  for (const most of found) assert.ok(most !== false && most <= 1, JSON.stringify(found));
  assert.deepEqual(wrong, []);
});
