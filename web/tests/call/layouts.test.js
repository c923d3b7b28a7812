// Layouts of pages that nobody here wrote: the overlay is over the video or it leaves, and the page stays as it was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CHROMIUM, complaints } from "../browser.js";
import { findBoxes, open, wait } from "./setup.js";

const skip = CHROMIUM ? false : "no chromium";
let here, page, said;

before(async () => {
  if (skip) return;
  here = await open(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
  page = await here.browser.newPage();
  said = complaints(page);
  await page.setViewport({ width: 820, height: 900 });
  await page.evaluateOnNewDocument(findBoxes);
  await page.goto(`${here.site.url}/layouts.html`);
  await page.waitForFunction("window.ready");
  const popup = await here.click(page);
  await popup.evaluate(() => window.close());
  await here.tell(page, { on: false });
});
after(() => here?.close());

/** Shows the videos of these names, and waits until boxes are over them. */
async function over(...names) {
  await page.evaluate((names) => window.only(...names), names);
  await here.tell(page, { strength: 1 });
  await page.waitForFunction(
    (names) =>
      names.every((name) => {
        const video = document.querySelector(`#${name} video`);
        const box = window.boxOf(video);
        return box && getComputedStyle(box).visibility === "visible" && window.apart(box, video) < 0.6;
      }),
    { timeout: 15_000 },
    names,
  );
}

/** The color of a point on the screen. */
async function colorAt(x, y) {
  const shot = await page.screenshot({ encoding: "base64", clip: { x, y, width: 1, height: 1 } });
  return page.evaluate(async (data) => {
    const image = Object.assign(new Image(), { src: `data:image/png;base64,${data}` });
    await image.decode();
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.drawImage(image, 0, 0);
    return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
  }, shot);
}

test("in a mirrored and in a turned wrapper the overlay comes to rest on the video", {
  skip,
  timeout: 60_000,
}, async () => {
  const room = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
  await over("mirror", "turned");
  await wait(2000);
  await over("mirror", "turned");
  const now = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
  assert.ok(
    now.every((side, at) => side <= room[at]),
    `the page grew from ${room} to ${now}`,
  );
});

test("an overlay that cannot be laid over its video leaves", { skip, timeout: 60_000 }, async () => {
  await page.evaluate(() => {
    window.only("alone"); // in a figure, which can have no shadow root, so that the box is not turned with it
    document.querySelector("#alone").style.transform = "rotate(20deg)";
  });
  await here.tell(page, { strength: 1 });
  for (let tries = 0; tries < 60; tries++) {
    const { left } = await here.status();
    if (left["its place on the page cannot be followed"] === 1) break;
    await wait(250);
  }
  const { left, sharpened } = await here.status();
  assert.deepEqual([left, sharpened], [{ "its place on the page cannot be followed": 1 }, 0]);
  const room = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(room <= 840, `the page is ${room} pixels wide`);
  await page.evaluate(() => (document.querySelector("#alone").style.transform = ""));
});

test("in perspective it is over the video", { skip, timeout: 60_000 }, () => over("deep"));

test("selectors match what they matched, and names stay above the picture", { skip, timeout: 60_000 }, async () => {
  const looks = () =>
    page.evaluate(() => {
      const tile = document.querySelector("#tile");
      const [video, name] = [tile.querySelector("video"), tile.querySelector(".name")];
      const { width, height, backgroundColor } = getComputedStyle(name);
      const { objectFit, borderRadius } = getComputedStyle(video);
      const box = name.getBoundingClientRect();
      const children = tile.children.length;
      return { width, height, backgroundColor, objectFit, borderRadius, children, box: box.toJSON() };
    });
  await here.tell(page, { on: false });
  await page.evaluate(() => window.only("tile"));
  const was = await looks();
  await over("tile");
  const now = await looks();
  assert.deepEqual(now, was);
  assert.equal(now.backgroundColor, "rgb(0, 128, 0)");
  assert.deepEqual(await colorAt(now.box.x + 10, now.box.y + 10), [0, 128, 0]);

  // Children that come later are shown too.
  const later = await page.evaluate(async () => {
    const made = Object.assign(document.createElement("b"), { textContent: "x" });
    made.style.cssText = "position:absolute;left:150px;top:20px;width:40px;height:40px;background:rgb(0,0,200)";
    document.querySelector("#tile").append(made);
    await new Promise(requestAnimationFrame);
    return made.getBoundingClientRect().toJSON();
  });
  assert.equal(later.width, 40);
  assert.deepEqual(await colorAt(later.x + 30, later.y + 30), [0, 0, 200]);
  await page.evaluate(() => document.querySelector("#tile b").remove());
  await here.tell(page, { on: false });
  assert.deepEqual(await looks(), was);

  await over("figure"); // it can have no shadow root
  const text = await page.evaluate(() => document.querySelector("figcaption").getBoundingClientRect().toJSON());
  assert.deepEqual(await colorAt(text.x + 10, text.y + 10), [0, 0, 99]);
});

test("the page may move a video and rebuild what is around it", { skip, timeout: 60_000 }, async () => {
  await over("tile");
  await page.evaluate(() => {
    const [tile, other] = [document.querySelector("#tile"), document.querySelector("#moved")];
    other.querySelector("video").remove();
    other.append(tile.querySelector("video"));
    window.only("moved");
  });
  await over("moved");
  await page.evaluate(() => {
    const [tile, other] = [document.querySelector("#tile"), document.querySelector("#moved")];
    const video = other.querySelector("video");
    tile.innerHTML = "<i>first</i><span class='name'></span>";
    tile.prepend(video);
    other.innerHTML = "<video style='position: absolute; left: 0' width='160' height='120'></video>";
    Object.assign(other.firstChild, { muted: true, srcObject: video.srcObject }).play();
    window.only("tile", "moved");
  });
  await over("tile", "moved");
  await here.tell(page, { on: false });
  assert.equal(await page.evaluate(() => window.boxes().length), 0);
  await page.evaluate(() => document.querySelector("#tile").append(document.createElement("b")));
  const [boxes, shown] = await page.evaluate(() => [
    window.boxes().length,
    [...document.querySelector("#tile").children].every((each) => each.assignedSlot),
  ]);
  assert.deepEqual([boxes, shown], [0, true]);
  await page.evaluate(() => document.querySelector("#tile b").remove());
});

test("a moving video is followed within each picture of the screen", { skip, timeout: 60_000 }, async () => {
  await over("moved");
  const furthest = (name) =>
    page.evaluate(async (name) => {
      const video = document.querySelector(`#${name} video`);
      let [most, isOver, count] = [0, false, 0];
      const step = () => {
        video.style.left = `${(count++ % 20) * 4}px`;
        if (!isOver) requestAnimationFrame(step);
      };
      if (name === "moved") step();
      for (let frame = 0; frame < 40; frame++) {
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))); // all of its callbacks ran
        const box = window.boxOf(video);
        if (getComputedStyle(box).visibility === "visible") most = Math.max(most, window.apart(box, video));
      }
      isOver = true;
      return most;
    }, name);
  const jumps = await furthest("moved");
  await page.evaluate(() => window.only("slides"));
  await page.waitForFunction(() => {
    const video = document.querySelector("#slides video");
    const box = window.boxOf(video);
    return box && getComputedStyle(box).visibility === "visible" && window.apart(box, video) < 1;
  });
  const slides = await furthest("slides");
  // A script that moves it may run after the overlay: one step of 4 pixels.
  assert.ok(jumps < 4.1 && slides < 1, `${jumps} and ${slides} pixels behind`);
});

test("what a video is shown at decides its scale, with object-fit", { skip, timeout: 60_000 }, async () => {
  const sizeIn = (name) =>
    page.evaluate((name) => {
      const { width, height } = window.boxOf(document.querySelector(`#${name} video`)).querySelector("canvas");
      return [width, height];
    }, name);
  await over("small");
  assert.deepEqual(await sizeIn("small"), [640, 360]); // 426 rows for 180
  await over("middle");
  assert.deepEqual(await sizeIn("middle"), [480, 640]); // 426 rows for 320
  await over("large");
  assert.deepEqual(await sizeIn("large"), [640, 360]); // 426 rows for 360, although only 240 of 640 columns
});

test("what cuts the video off cuts the overlay off too", { skip, timeout: 60_000 }, async () => {
  await over("cut");
  const [clip, right] = await page.evaluate(() => {
    const video = document.querySelector("#cut video");
    const { right, top } = document.querySelector("#cut").getBoundingClientRect();
    return [window.boxOf(video).style.clipPath, [right + 20, top + 20]];
  });
  assert.equal(clip, "inset(0px 40px 30px 0px round 20px)");
  assert.deepEqual(await colorAt(...right), [255, 255, 255]);
});

test("native controls stay free, with before and after too", { skip, timeout: 60_000 }, async () => {
  await over("controls");
  await page.evaluate(() => document.querySelector("#controls video").pause());
  await here.tell(page, { compare: true, at: 0.25 });
  await page.waitForFunction(() => {
    const box = window.boxOf(document.querySelector("#controls video"));
    const clips = [...box.children].map((each) => each.style.clipPath);
    return clips[0] === "inset(0px 0px 84px 25%)" && clips[1] === "inset(0px 0px 84px)";
  });
  await here.tell(page, {});
});

test("a see-through video, one's own camera and picture-in-picture are left alone", {
  skip,
  timeout: 60_000,
}, async () => {
  const left = async (why) => {
    for (let tries = 0; tries < 40; tries++) {
      const is = await here.status();
      if (is.left[why] === 1) return assert.equal(is.sharpened, 0);
      await wait(250);
    }
    assert.fail(`${why}: ${JSON.stringify(await here.status())}`);
  };
  await page.evaluate(() => window.only("faint"));
  await left("shown see-through by the page");
  await page.evaluate(async () => {
    window.only("large");
    const video = document.querySelector("#large video");
    window.stream = video.srcObject;
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
    await video.play();
  });
  await left("your own camera");
  await page.evaluate(async () => {
    const video = document.querySelector("#large video");
    for (const track of video.srcObject.getTracks()) track.stop();
    video.srcObject = window.stream;
    await video.play();
  });
  await over("large");
  await page.evaluate(() => document.querySelector("#large video").requestPictureInPicture()); // as if by a click
  await left("in a picture-in-picture window");
  await page.evaluate(() => document.exitPictureInPicture());
  await over("large");
  assert.deepEqual(said, []);
});

test("a page with fifteen contexts of its own keeps them", { skip, timeout: 60_000 }, async () => {
  await page.evaluate(() => {
    window.theirs = Array.from({ length: 15 }, () => document.createElement("canvas").getContext("webgl2"));
  });
  for (let round = 0; round < 4; round++) {
    await over("large", "small", "deep", "tile");
    await here.tell(page, { on: false });
  }
  assert.equal(await page.evaluate(() => window.theirs.filter((gl) => gl.isContextLost()).length), 0);
});
