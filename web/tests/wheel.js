// The page of an installed `crispen`: CRISPEN=PATH/TO/crispen node --test tests/wheel.js. `nox -s wheel` runs it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { complaints, launch } from "./browser.js";

test("crispen web serves the page, which shows a sharpened frame of the sample", { timeout: 60_000 }, async () => {
  const server = spawn(process.env.CRISPEN ?? "crispen", ["web", "--port", "0"]);
  const browser = await launch();
  try {
    const [line] = await once(server.stdout, "data");
    const page = await browser.newPage();
    const said = complaints(page);
    await page.goto(String(line).trim());
    await page.waitForFunction(
      "document.querySelector('#stage').dataset.state === 'running' && document.querySelector('#video').currentTime > 0.5",
    );
    await page.click("#play");
    await page.waitForFunction("document.querySelector('#video').paused");
    await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
    const differences = await page.evaluate(() => {
      const [canvas, video] = [document.querySelector("#sharp"), document.querySelector("#video")];
      const pixels = (source) => {
        const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
        context.drawImage(source, 0, 0);
        return context.getImageData(0, 0, canvas.width, canvas.height).data;
      };
      const meanDifference = (strength) => {
        document.querySelector("#strength").value = strength;
        document.querySelector("#strength").dispatchEvent(new Event("input")); // draws it in this task
        const [one, other] = [pixels(canvas), pixels(video)];
        return one.reduce((sum, value, index) => sum + Math.abs(value - other[index]), 0) / one.length;
      };
      return [meanDifference(0), meanDifference(1)];
    });
    console.log(`mean difference from the received frame: ${differences.map((each) => each.toFixed(2)).join(", ")}`);
    assert.ok(differences[0] < 1, `${differences[0]} levels without sharpening`);
    assert.ok(differences[1] > differences[0] + 0.2, `${differences[1]} levels with it`);
    assert.deepEqual(said, []);
  } finally {
    await browser.close();
    server.kill("SIGINT");
  }
  const [status] = await once(server, "exit");
  assert.equal(status, 0);
});
