// The built page in real Chromium: its sources, its keys, and that it requests only its own files.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CHROMIUM, complaints, launch, ROOT, serve, UNPACKED } from "../browser.js";
import { failures } from "../contrast.js";
import { HEIGHT, WIDTH, y4m } from "./y4m.js";

const skip = CHROMIUM ? false : "no chromium";
const PICTURE = join(ROOT, "../examples/pictures/budgie-backgro_0008.jpg");
const SOFT = join(ROOT, "tests/golden/router-part.png"); // the router leaves large pictures that are sharp alone
let folder, browser, site, page, said;
const asked = [];

before(async () => {
  if (skip) return;
  assert.ok(existsSync(join(UNPACKED, "page")), "build it first: npm run build");
  folder = mkdtempSync(join(tmpdir(), "crispen-page-"));
  writeFileSync(join(folder, "camera.y4m"), y4m());
  const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  browser = await launch([...camera, `--use-file-for-fake-video-capture=${join(folder, "camera.y4m")}`]);
  site = await serve(join(UNPACKED, "page"));
  page = await browser.newPage();
  said = complaints(page);
  page.on("request", (request) => asked.push(request.url()));
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${site.url}/`);
});
after(async () => {
  await browser?.close();
  await site?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const running = () =>
  page.waitForFunction(
    "document.querySelector('#stage').dataset.state === 'running' && document.querySelector('#trouble').hidden",
  );
const at = () => page.$eval("#divider", (each) => Number(each.getAttribute("aria-valuenow")));
const strengthTo = (value) =>
  page.$eval(
    "#strength",
    (each, to) => {
      each.value = to;
      each.dispatchEvent(new Event("input"));
    },
    value,
  );

/** PSNR in dB of the canvas against its source: a picture, or a paused video. */
const nearness = (id) =>
  page.evaluate((from) => {
    const [canvas, picture] = [document.querySelector("#sharp"), document.querySelector(from)];
    const pixels = (source) => {
      const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
      context.drawImage(source, 0, 0, canvas.width, canvas.height);
      return context.getImageData(0, 0, canvas.width, canvas.height).data;
    };
    document.querySelector("#strength").dispatchEvent(new Event("input")); // draws it in this task, so that the canvas can be read
    const [one, other] = [pixels(canvas), pixels(picture)];
    let sum = 0;
    for (let index = 0; index < one.length; index++) sum += (one[index] - other[index]) ** 2;
    return 10 * Math.log10((255 * 255 * one.length) / Math.max(sum, 1e-9));
  }, id);

test("sharpens the sample on load, and shows what that costs", { skip, timeout: 60_000 }, async () => {
  await running();
  await page.waitForFunction("document.querySelector('#time').textContent.endsWith('ms')");
  assert.deepEqual(await page.$eval("#sharp", (each) => [each.width, each.height]), [640, 480]);
  assert.equal(await page.$eval("#work", (each) => each.textContent), "0.44 GMAC"); // 1,440 x 640 x 480
  await page.click("#play");
  await page.waitForFunction("document.querySelector('#video').paused");
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  await strengthTo(0);
  const plain = await nearness("#video");
  assert.ok(plain > 45, `${plain} dB`);
  await strengthTo(2);
  const sharpened = await nearness("#video");
  await strengthTo(1);
  assert.ok(sharpened > 25 && sharpened < plain - 3, `${plain} to ${sharpened} dB`);
});

test("works by keyboard alone", { skip, timeout: 30_000 }, async () => {
  const names = [];
  await page.evaluate(() => document.activeElement.blur());
  for (let count = 0; count < 14; count++) {
    await page.keyboard.press("Tab");
    names.push(
      await page.evaluate(() => {
        const on = document.activeElement;
        const box = on.closest("label") ?? on;
        const [style, beside] = [
          getComputedStyle(on),
          on.nextElementSibling && getComputedStyle(on.nextElementSibling),
        ];
        const inside = on.querySelector(".grip") && getComputedStyle(on.querySelector(".grip"));
        const seen = [style, beside, inside].some(
          (each) => each && each.outlineStyle !== "none" && parseFloat(each.outlineWidth) >= 2,
        );
        return { id: on.id || on.name, text: on.getAttribute("aria-label") ?? box.innerText, seen };
      }),
    );
  }
  const ids = names.map(({ id }) => id);
  for (const id of ["sample", "camera", "open", "divider", "model", "strength", "zoom", "play", "measure"])
    assert.ok(ids.includes(id), `${id} in ${ids}`);
  for (const { id, seen } of names.filter(({ id }) => id)) assert.ok(seen, `focus on ${id} is not to be seen`);

  const zoom = () => page.$eval("#picture", (each) => each.style.transform);
  assert.match(await zoom(), /^scale\(2\)/); // the sample opens on the face
  await page.click("[name=zoom][value='1']");
  await page.focus("#divider");
  assert.equal(await at(), 50);
  for (const [key, wanted] of [
    ["ArrowRight", 52],
    ["ArrowLeft", 50],
    ["PageUp", 60],
    ["End", 100],
    ["Home", 0],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await at(), wanted, key);
  }
  assert.equal(await page.$eval("#sharp", (each) => getComputedStyle(each).clipPath), "inset(0px 0px 0px 0%)");
  await page.keyboard.press("1");
  await page.waitForFunction("document.querySelector('#work-note').textContent.includes('540 MAC')");
  await page.keyboard.press("2");
  await page.waitForFunction("document.querySelector('#work-note').textContent.includes('1,440 MAC')");
  for (const times of [2, 4, 1]) {
    await page.keyboard.press("z");
    assert.ok((await zoom()).startsWith(`scale(${times})`), await zoom());
  }
  await page.keyboard.press("f");
  await page.waitForFunction("document.fullscreenElement?.id === 'stage'");
  await page.keyboard.press("f");
  await page.waitForFunction("!document.fullscreenElement");
  await page.keyboard.down("b");
  assert.equal(await page.$eval("#sharp", (each) => getComputedStyle(each).visibility), "hidden");
  await page.keyboard.up("b");
  assert.equal(await page.$eval("#sharp", (each) => getComputedStyle(each).visibility), "visible");
});

test("every control has a name, and colours have enough contrast in light and dark", {
  skip,
  timeout: 30_000,
}, async () => {
  const tree = await page.accessibility.snapshot({ interestingOnly: true });
  const unnamed = [];
  const walk = (node) => {
    if (/button|slider|radio|checkbox|textbox/i.test(node.role) && !node.name) unnamed.push(node.role);
    node.children?.forEach(walk);
  };
  walk(tree);
  assert.deepEqual(unnamed, []);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
    const pairs = await page.evaluate(() => {
      const light = (name) => {
        const probe = document.body.appendChild(
          Object.assign(document.createElement("i"), { style: `color:var(--${name})` }),
        );
        const parts = getComputedStyle(probe)
          .color.match(/[\d.]+/g)
          .slice(0, 3)
          .map((part) => part / 255);
        probe.remove();
        const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ratio = (one, other) =>
        (Math.max(light(one), light(other)) + 0.05) / (Math.min(light(one), light(other)) + 0.05);
      const pairs = [
        ["ink", "paper"],
        ["quiet", "paper"],
        ["quiet", "card"],
        ["quiet", "well"],
        ["ink", "chosen"],
        ["on-accent", "accent"],
        ["alarm", "alarm-paper"],
      ];
      return pairs.map(([one, other]) => [`${one} on ${other}`, ratio(one, other)]);
    });
    for (const [name, ratio] of pairs) assert.ok(ratio >= 4.5, `${scheme}: ${name} ${ratio.toFixed(2)}`); // WCAG 2.2 AA
    assert.equal(await page.$eval(".segments button", (each) => getComputedStyle(each).transitionDuration), "0s");
  }
});

test("sharpens a camera, mirrored", { skip, timeout: 30_000 }, async () => {
  await page.click("#camera");
  await page.waitForFunction(`document.querySelector('#sharp').width === ${WIDTH}`);
  await running();
  assert.deepEqual(await page.$eval("#sharp", (each) => [each.width, each.height]), [WIDTH, HEIGHT]);
  assert.ok(await page.$eval("#picture", (each) => each.classList.contains("mirrored")));
  assert.equal(await page.$eval("#camera", (each) => each.getAttribute("aria-pressed")), "true");
  await strengthTo(0);
  assert.ok((await nearness("#video")) > 45);
  await strengthTo(1);
});

test("sharpens a chosen or dropped file, and reports one that it cannot open", { skip, timeout: 30_000 }, async () => {
  const input = await page.$("#file");
  await input.uploadFile(SOFT);
  await page.waitForFunction("!document.querySelector('#image').hidden");
  await page.waitForFunction(
    "document.querySelector('#sharp').width === 2 * document.querySelector('#image').naturalWidth",
  );
  await running();
  const tracks = await page.$eval("#video", (each) => each.srcObject);
  assert.equal(tracks, null); // the camera was released
  await strengthTo(0);
  const enlarged = await nearness("#image"); // bicubic against bilinear
  await strengthTo(2);
  const sharpened = await nearness("#image");
  await strengthTo(1);
  assert.ok(enlarged > 25 && sharpened < enlarged - 3, `${enlarged} to ${sharpened} dB`);
  assert.match(await page.$eval("#expert", (each) => each.textContent), /^[a-z]+, strength [\d.]+$/);

  const drop = (name, type, text) =>
    page.evaluate(
      (...file) => {
        const data = new DataTransfer();
        data.items.add(new File([file[2]], file[0], { type: file[1] }));
        document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
      },
      name,
      type,
      text,
    );
  await drop("words.png", "image/png", "no picture");
  await page.waitForFunction("document.querySelector('#trouble').innerText.includes('words.png could not be read')");
  await drop("words.mp4", "video/mp4", "no video");
  await page.waitForFunction("document.querySelector('#trouble').innerText.includes('words.mp4 could not be played')");
  // What was shown before is still there.
  assert.equal(await page.$eval("#stage", (each) => each.dataset.state), "running");
  assert.ok(await page.$eval("#image", (each) => !each.hidden && each.naturalWidth > 0));
  await page.click("#sample");
  await running();
});

test("says when the computer is too slow, and offers the smaller model", { skip, timeout: 30_000 }, async () => {
  await page.evaluate(() => {
    const video = document.querySelector("#video");
    let frames = 0; // as if far more frames came than any computer draws
    video.getVideoPlaybackQuality = () => {
      frames += 10_000;
      return { totalVideoFrames: frames };
    };
    document.querySelector("[name=model][value=balanced]").click();
  });
  // 20 drawn frames per second are never late, so none is drawn.
  await page.evaluate(() => {
    const video = document.querySelector("#video");
    video.requestVideoFrameCallback = () => 0;
  });
  await page.waitForFunction("!document.querySelector('#slow').hidden", { timeout: 20_000 });
  assert.match(await page.$eval("#slow-text", (each) => each.innerText), /^Balanced is too slow on this computer/);
  await page.click("#smaller");
  assert.ok(await page.$eval("[name=model][value=fast]", (each) => each.checked));
  await page.waitForFunction("document.querySelector('#slow').hidden");
  await page.evaluate(() => {
    const video = document.querySelector("#video");
    delete video.getVideoPlaybackQuality;
    delete video.requestVideoFrameCallback;
  });
  await page.click("#sample");
  await running();
});

test("fits a narrow screen and a phone in landscape", { skip, timeout: 30_000 }, async () => {
  for (const [width, height] of [
    [320, 640],
    [740, 340],
  ]) {
    await page.setViewport({ width, height });
    assert.ok(
      (await page.evaluate(() => document.documentElement.scrollWidth)) <= width,
      `overflows at ${width} pixels`,
    );
    assert.ok(
      (await page.$eval("#stage", (each) => each.clientHeight)) <= height,
      `the picture is higher than ${height} pixels`,
    );
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([
        { name: "prefers-color-scheme", value: scheme },
        { name: "prefers-reduced-motion", value: "reduce" },
      ]);
      assert.deepEqual(await failures(page), [], scheme);
    }
  }
  await page.setViewport({ width: 1280, height: 900 });
});

test("saves the frame that is shown, sharpened", { skip, timeout: 30_000 }, async () => {
  await page.evaluate(() => {
    URL.revokeObjectURL = () => {}; // what is saved is looked at later
    const click = HTMLAnchorElement.prototype.click;
    window.saved = new Promise((resolve) => {
      HTMLAnchorElement.prototype.click = function () {
        HTMLAnchorElement.prototype.click = click;
        const picture = Object.assign(new Image(), { src: this.href });
        resolve([this.download, picture]);
      };
    });
  });
  await page.click("#save");
  const [name, size] = await page.evaluate(async () => {
    const [name, picture] = await window.saved;
    await picture.decode();
    const sharp = document.querySelector("#sharp");
    return [name, picture.naturalWidth === sharp.width && picture.naturalHeight === sharp.height];
  });
  assert.deepEqual([name, size], ["crispen.png", true]);
});

test("the benchmark measures each model", { skip, timeout: 90_000 }, async () => {
  await (await page.$("#file")).uploadFile(PICTURE);
  await running();
  await page.click("#measure");
  await page.waitForFunction("document.querySelector('#measure').textContent === 'Run it again'", { timeout: 80_000 });
  const told = await page.$eval("#results", (each) => each.innerText);
  console.log(told);
  for (const words of ["Fast", "540", "Balanced", "1,440", "Best", "3,168", "GMAC/s", "720×405"])
    assert.ok(told.includes(words), words);
  assert.match(told, /SwiftShader|llvmpipe/i); // the device's name
});

test("requests only its own files, and works without its server", { skip, timeout: 60_000 }, async () => {
  assert.deepEqual(said, []);
  for (const url of asked) assert.ok(url.startsWith(site.url) || /^(blob|data):/.test(url), url);
  await page.waitForFunction("document.querySelector('#offline').textContent");
  await site.close();
  site = undefined;
  await page.reload();
  await page.waitForFunction("document.querySelector('#stage').dataset.state === 'running'");
  await page.click("#camera");
  await page.waitForFunction(`document.querySelector('#sharp').width === ${WIDTH}`);
  await page.click("#sample");
  await page.waitForFunction(
    "document.querySelector('#sharp').width === 640 && document.querySelector('#video').currentTime > 0.2",
  );
  assert.deepEqual(said, []);
});
