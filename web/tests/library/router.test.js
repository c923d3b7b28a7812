/** The router in Node, without a browser: what Crispen's Python measures, predicts and chooses. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { build } from "vite";
import { ROOT } from "../browser.js";

const golden = join(ROOT, "tests/golden/router.json");
const skip = existsSync(golden) ? false : "no golden files; run: npm run models";
const MODELS = ["fast", "balanced", "best"];
let library, cases, routers;

const bytes = (path) => {
  const file = readFileSync(join(ROOT, path));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
};
const distance = (one, other) => one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0);

before(async () => {
  const entry = join(ROOT, "tests/library/router.ts");
  const settings = { configFile: false, publicDir: false, logLevel: "error" };
  const [made] = await build({ ...settings, build: { write: false, lib: { entry, formats: ["es"] } } });
  library = await import(`data:text/javascript,${encodeURIComponent(made.output[0].code)}`);
  if (skip) return;
  ({ cases } = JSON.parse(readFileSync(golden, "utf8")));
  routers = Object.fromEntries(
    MODELS.map((name) => [name, library.readRouter(bytes(`public/models/${name}-router.safetensors`))]),
  );
});

/** The tiles of a picture of the golden files. */
function tilesOf({ name, from, stride, width, height }) {
  const plane = new Uint8Array(bytes(`tests/golden/router-${name}.raw`));
  return library.cut(plane.subarray(from), stride, library.places(width, height));
}

test("measures and gains are those of Python", { skip }, (t) => {
  assert.ok(cases.length > 10);
  let [measured, gained, kept] = [0, 0, 0];
  for (const each of cases) {
    const tiles = tilesOf(each);
    assert.equal(tiles === undefined, each.measures.length === 0, each.name);
    const found = tiles && library.measures(tiles);
    for (const model of MODELS) {
      const [is, wanted] = [library.gains(routers[model], tiles, each.info, each.isVideo), each.gains[model]];
      assert.equal(is?.length ?? 0, wanted.length, each.name);
      if (!is) continue;
      const off = distance(is, wanted); // the weights are rounded to float16
      const range = Math.max(...wanted) - Math.min(...wanted);
      assert.ok(off < 0.01 + 0.001 * range, `${each.name}, ${model}: ${off} of ${range} dB`);
      gained = Math.max(gained, off);
      const best = (gains) => gains.indexOf(Math.max(...gains));
      assert.ok(wanted[best(wanted)] - wanted[best(Array.from(is))] < 0.01, `${each.name}, ${model}`);
    }
    if (!found) continue;
    kept++;
    assert.equal(found.length, each.measures.length);
    measured = Math.max(measured, distance(found, each.measures));
  }
  t.diagnostic(`${kept} pictures; measures off by at most ${measured}, gains by ${gained} dB`);
  assert.ok(kept >= 8 && measured < 1e-3, `${kept} ${measured}`);
});

test("a file that is no router is refused", { skip }, () => {
  const { readRouter, predict } = library;
  assert.throws(() => readRouter(bytes("public/models/fast-any.safetensors")), /no router/);
  assert.throws(() => readRouter(bytes("public/models/fast-router.safetensors").slice(0, 5000)), /cut short/);
  assert.throws(() => readRouter(new ArrayBuffer(4)), /safetensors/);
  assert.throws(() => predict(routers.fast, new Float32Array(3)), /needs \d+ measures, not 3/);
});

test("tiles lie on the grid within the picture", () => {
  for (let width = 1; width < 400; width += 13) {
    for (let height = 1; height < 400; height += 11) {
      const found = library.places(width, height);
      assert.equal(found.length === 0, width < 8 || height < 8);
      for (const { left, top, width: wide, height: high } of found) {
        assert.ok([left, top, wide, high].every((side) => side % 8 === 0));
        assert.ok(left >= 0 && top >= 0 && left + wide <= width && top + high <= height);
      }
      assert.equal(new Set(found.map(({ left, top }) => `${left} ${top}`)).size, found.length);
    }
  }
  assert.equal(library.places(640, 480).length, 8);
});

/** Numbers from 0 to 1, always the same for one seed. */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const CHOICES = ["any", "full", "small"].map((expert, at) => ({ expert, strength: at / 2 }));
const FIRST = { expert: "any", strength: 1 };

test("a stream's choice changes only if the running mean of another is better by 0.05 dB", () => {
  for (let seed = 1; seed < 60; seed++) {
    const next = random(seed);
    const stream = new library.StreamRouter({ choices: CHOICES }, FIRST);
    const seen = [];
    let before = stream.choice;
    assert.equal(before, FIRST);
    for (let frame = 0; frame < 400; frame++) {
      const due = stream.isDue(640, 480);
      assert.equal(due, frame < 4 || frame % 16 === 0);
      if (!due) continue;
      const gains = next() < 0.1 ? undefined : Float32Array.from(CHOICES, () => (next() - 0.5) * 0.3);
      stream.measure(gains);
      if (gains) seen.push(gains);
      const means = CHOICES.map((_, k) =>
        seen.reduce((mean, each, index) => {
          const weight = Math.max(1 / (index + 1), 0.1);
          return each[k] * weight + mean * (1 - weight);
        }, 0),
      );
      const gain = (choice) => means[CHOICES.indexOf(choice)];
      const most = Math.max(...means);
      if (!seen.length) assert.equal(stream.choice, FIRST);
      else if (seen.length === 1) assert.equal(gain(stream.choice), most);
      else if (stream.choice === before) assert.ok(most <= gain(before) + 0.05 + 1e-9);
      else assert.ok(gain(stream.choice) === most && most > gain(before) + 0.05 - 1e-9);
      before = stream.choice;
    }
  }
});

test("another size, or restart, begins another video", () => {
  const stream = new library.StreamRouter({ choices: CHOICES }, FIRST);
  const begins = (width, height, best) => {
    assert.equal(stream.isDue(width, height), true);
    assert.equal(stream.choice, FIRST);
    stream.measure(Float32Array.from(CHOICES, (_, k) => Number(k === best)));
    assert.equal(stream.choice, CHOICES[best]);
  };
  begins(640, 480, 2);
  assert.equal(stream.isDue(640, 480), true);
  begins(480, 640, 1);
  stream.restart();
  begins(480, 640, 2);
});
