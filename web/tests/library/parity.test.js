import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

const golden = join(ROOT, "tests/golden/pairs.json");
const skip = !CHROMIUM ? "no chromium" : !existsSync(golden) ? "no golden pairs; run: npm run models" : false;
let browser, files, page, wrong;

before(async () => {
  if (skip) return;
  ({ browser, files, page, wrong } = await openLibrary("tests/golden"));
});
after(async () => {
  await browser?.close();
  await files?.close();
});

/** Difference of the canvas from the golden output: the largest, in levels, and the share of pixels that differ. */
async function compare(backend, precision, pairs) {
  return page.evaluate(
    async (backend, precision, pairs) => {
      const found = [];
      for (const model of new Set(pairs.map((pair) => pair.model))) {
        const [name, set] = model.replace(".safetensors", "").split("-");
        const sharpener = await Sharpener.open({ models: models(name), set, backend, precision });
        for (const pair of pairs.filter((each) => each.model === model)) {
          const input = await read(pair.input);
          sharpener.draw(input);
          const [got, want] = [pixels(sharpener.canvas), pixels(await read(pair.output))];
          let most = 0;
          let squares = 0;
          for (let at = 0; at < want.length; at++) {
            most = Math.max(most, Math.abs(got[at] - want[at]));
            squares += (got[at] - want[at]) ** 2;
          }
          const same = got.length === want.length;
          found.push({
            ...pair,
            most: same ? most : 999,
            db: 10 * Math.log10(255 ** 2 / (squares / want.length || 1e-9)),
          });
        }
        found.at(-1).said = `${sharpener.backend} ${sharpener.precision} ${sharpener.gpu}`;
        sharpener.close();
      }
      return found;
    },
    backend,
    precision,
    pairs,
  );
}

const pairs = skip ? [] : JSON.parse(readFileSync(golden, "utf8"));
const some = pairs.filter((pair) => pair.model.endsWith("-any.safetensors"));
for (const [backend, precision, given] of [
  ["webgpu", "f32", pairs],
  ["webgl2", "f32", some],
  ["webgl2", "f16", some],
]) {
  test(`${backend} in ${precision} is within one level of the reference`, { skip }, async (t) => {
    const found = await compare(backend, precision, given);
    assert.equal(found.length, given.length);
    t.diagnostic(`${found.at(-1).said}: at most ${Math.max(...found.map((each) => each.most))} levels off`);
    assert.deepEqual(
      found.filter((each) => each.most > 1),
      [],
    );
    assert.ok(found.at(-1).said.startsWith(`${backend} ${precision}`));
    assert.deepEqual(wrong, []);
  });
}
