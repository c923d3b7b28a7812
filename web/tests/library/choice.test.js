/** The router in Chromium: what a Sharpener chooses for pictures and videos. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, openLibrary, ROOT } from "../browser.js";

const golden = join(ROOT, "tests/golden/router.json");
const skip = !CHROMIUM ? "no chromium" : !existsSync(golden) ? "no golden files; run: npm run models" : false;
const { cases, choices } = skip ? { cases: [] } : JSON.parse(readFileSync(golden, "utf8"));
let browser, files, page, wrong;

before(async () => {
  if (skip) return;
  ({ browser, files, page, wrong } = await openLibrary("tests/golden"));
});
after(async () => {
  await browser?.close();
  await files?.close();
});

for (const backend of ["webgl2", "webgpu"]) {
  test(`${backend}: each picture gets the expert and the strength that Python chooses`, { skip }, async (t) => {
    const found = await page.evaluate(
      async (backend, names) => {
        const sharpener = await Sharpener.open({ models: models("balanced"), backend });
        const chosen = {};
        for (const name of names) {
          const picture = await read(`router-${name}.png`);
          sharpener.restart();
          sharpener.draw(picture);
          await sharpener.settled();
          chosen[name] = [sharpener.choice.expert, sharpener.choice.strength];
        }
        sharpener.close();
        return chosen;
      },
      backend,
      cases.map(({ name }) => name),
    );
    t.diagnostic(JSON.stringify(found));
    for (const { name, gains, choice } of cases) {
      const gain = (of) => gains.balanced[choices.balanced.findIndex((each) => String(each) === String(of))] ?? 0;
      const isAsGood = gains.balanced.length && gain(found[name]) > gain(choice.balanced) - 0.01; // the weights are rounded
      if (!isAsGood) assert.deepEqual(found[name], choice.balanced, name);
    }
    assert.ok(new Set(["mild", "blurred", "noisy"].map((name) => String(found[name]))).size > 1);
    assert.deepEqual(wrong, []);
  });

  test(`${backend}: the chosen expert is drawn, times the chosen strength and one's own`, { skip }, async () => {
    const off = await page.evaluate(async (backend) => {
      const picture = await read("router-blurred.png");
      const options = { models: models("balanced"), backend, precision: "f32" };
      const routed = await Sharpener.open({ ...options, strength: 0.5 });
      routed.draw(picture);
      await routed.settled();
      routed.draw(picture);
      const { expert, strength } = routed.choice;
      const alone = await Sharpener.open({ ...options, set: expert, strength: 0.5 * strength });
      alone.draw(picture);
      const [one, other] = [pixels(routed.canvas), pixels(alone.canvas)];
      for (const each of [routed, alone]) each.close();
      return { same: one.every((value, at) => value === other[at]), expert };
    }, backend);
    assert.ok(off.same && off.expert !== "any", JSON.stringify(off));
  });
}

for (const backend of ["webgl2", "webgpu"]) {
  test(`${backend}: at the router's strength 0 a picture is drawn unchanged, also after others`, { skip }, async () => {
    const off = await page.evaluate(async (backend) => {
      const sharpener = await Sharpener.open({ models: models("fast"), backend });
      sharpener.draw(await read("router-blurred.png"));
      await sharpener.settled();
      await sharpener.use("auto", (name) => models(name === "router" ? "idle" : "fast")(name));
      const picture = await read("router-mild.png");
      sharpener.draw(picture);
      await sharpener.settled();
      sharpener.draw(picture);
      const [one, other] = [pixels(sharpener.canvas), pixels(picture)];
      const { strength } = sharpener.choice;
      sharpener.close();
      return { strength, most: one.reduce((most, value, at) => Math.max(most, Math.abs(value - other[at])), 0) };
    }, backend);
    assert.deepEqual(off, { strength: 0, most: 0 });
  });
}

test("while an expert is loaded the one before runs, and one that cannot be loaded is reported", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const seen = [];
    let give;
    const gate = new Promise((resolve) => {
      give = resolve;
    });
    const slow = async (name) => {
      seen.push(name);
      if (!["any", "router"].includes(name)) await gate;
      return models("balanced")(name);
    };
    const picture = await read("router-blurred.png");
    const sharpener = await Sharpener.open({ models: slow, backend: "webgl2" });
    const choices = [];
    sharpener.addEventListener("choice", (event) => choices.push(event.detail.expert));
    sharpener.draw(picture);
    while (seen.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    const drew = sharpener.draw(picture);
    const meanwhile = sharpener.choice.expert;
    give();
    await sharpener.settled();
    const later = sharpener.choice.expert;
    await sharpener.use("auto", async (name) => {
      if (!["any", "router"].includes(name)) throw new Error("there is no such file");
      return models("balanced")(name);
    });
    const failed = new Promise((resolve) => sharpener.addEventListener("failed", (event) => resolve(event.detail)));
    sharpener.draw(picture);
    const out = { seen, drew, meanwhile, later, choices, failed: await failed, stays: sharpener.choice.expert };
    sharpener.close();
    return out;
  });
  const [expert] = cases.find(({ name }) => name === "blurred").choice.balanced;
  assert.deepEqual(found, {
    seen: found.seen,
    drew: true,
    meanwhile: "any",
    later: expert,
    choices: [expert, "any"],
    failed: "there is no such file",
    stays: "any",
  });
  assert.deepEqual(found.seen.toSorted(), ["any", "router", expert].toSorted()); // each once, the others never
});

test("the router sees an enlarged picture as it is drawn", { skip }, async () => {
  const found = await page.evaluate(async () => {
    const sharpener = await Sharpener.open({ models: models("balanced"), backend: "webgl2", strength: 0.001 });
    const choose = async (...given) => {
      sharpener.restart();
      sharpener.draw(...given);
      await sharpener.settled();
      return sharpener.choice;
    };
    const chosen = [];
    for (const name of ["mild", "75x101", "301x215"]) {
      const picture = await read(`router-${name}.png`);
      const before = await choose(picture);
      const enlarged = await choose(picture, [2 * picture.width, 2 * picture.height]);
      sharpener.streamInfo = { factor: 2 };
      const same = await choose(await createImageBitmap(sharpener.canvas)); // almost unsharpened
      sharpener.streamInfo = {};
      chosen.push({ before, enlarged, same });
    }
    sharpener.close();
    return chosen;
  });
  for (const { enlarged, same } of found) assert.deepEqual(enlarged, same);
  assert.ok(found.some(({ before, enlarged }) => before.expert !== enlarged.expert));
});
