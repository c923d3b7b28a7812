/** A device that is lost and reopened, with a fake of its backend, in Node. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { build } from "vite";
import { ROOT } from "../browser.js";

let Device;
before(async () => {
  const lib = { entry: join(ROOT, "src/library/device.ts"), formats: ["es"] };
  const settings = { configFile: false, publicDir: false, logLevel: "error" };
  const [made] = await build({ ...settings, build: { write: false, lib } });
  ({ Device } = await import(`data:text/javascript,${encodeURIComponent(made.output[0].code)}`));
});

/** A backend that is lost when `lose` is called. */
function fake() {
  const closed = [];
  let lose;
  const lost = new Promise((resolve) => {
    lose = resolve;
  });
  return { name: "webgl2", lost, lose, closed, load: async () => {}, close: (canvas) => closed.push(canvas) };
}

for (const canvas of [true, false]) {
  test(`a device that is closed while it is reopened closes the new backend too; canvas: ${canvas}`, async () => {
    const [first, second] = [fake(), fake()];
    let opened;
    const asked = new Promise((resolve) => {
      opened = resolve;
    });
    let finish;
    const reopen = () => {
      opened();
      return new Promise((resolve) => {
        finish = () => resolve(second);
      });
    };
    const said = [];
    const device = new Device(first, {}, reopen, (what) => said.push(what));
    first.lose("gone");
    await asked;
    device.close(canvas);
    finish();
    await new Promise((resolve) => setTimeout(resolve));
    assert.deepEqual([first.closed, second.closed, said], [[canvas], [canvas], ["lost"]]);
  });
}
