import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as ort from "onnxruntime-web";
import { ROOT } from "../browser.js";

const golden = join(ROOT, "tests/golden");
const planes = existsSync(join(golden, "planes.json"))
  ? JSON.parse(readFileSync(join(golden, "planes.json"), "utf8"))
  : [];
ort.env.wasm.numThreads = 1;

for (const { model, size, input, output } of planes) {
  test(`${model} in WebAssembly, ${size.join("x")}`, async () => {
    const session = await ort.InferenceSession.create(readFileSync(join(golden, model)), {
      executionProviders: ["wasm"],
    });
    const luma = new ort.Tensor("uint8", new Uint8Array(readFileSync(join(golden, input))), [1, 1, ...size]);
    const { sharp } = await session.run({ luma, strength: new ort.Tensor("float32", new Float32Array([1]), [1]) });
    const want = readFileSync(join(golden, output));
    let [most, squares] = [0, 0];
    for (let at = 0; at < want.length; at++) {
      most = Math.max(most, Math.abs(sharp.data[at] - want[at]));
      squares += (sharp.data[at] - want[at]) ** 2;
    }
    assert.equal(sharp.data.length, want.length);
    assert.ok(most <= (model.includes("int8") ? 2 : 1), `${most} levels off`);
    assert.ok(10 * Math.log10((255 ** 2 * want.length) / Math.max(squares, 1e-9)) >= 50);
    await session.release();
  });
}

test("there are golden planes", () => assert.equal(planes.length, 12));
