/** Draws the luma planes FOLDER/in.raw in Chromium, writes FOLDER/out.raw and prints the last choice. For against_python.py. */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { openLibrary, ROOT } from "../browser.js";

const [, , folder, about] = process.argv;
const { browser, files, page } = await openLibrary(relative(ROOT, folder));
const { model, count, came, size } = JSON.parse(about);
await page.evaluate(
  async (model, [width, height]) => {
    const planes = new Uint8Array(await (await fetch("in.raw")).arrayBuffer());
    const sharpener = await Sharpener.open({ models: models(model), backend: "webgl2", precision: "f32" });
    window.drawn = async (index, size) => {
      const picture = new ImageData(width, height);
      for (let at = 0; at < width * height; at++) {
        picture.data.fill(planes[index * width * height + at], 4 * at, 4 * at + 3);
        picture.data[4 * at + 3] = 255;
      }
      const frame = new OffscreenCanvas(width, height); // a frame of a video; an ImageBitmap counts as a picture
      frame.getContext("2d").putImageData(picture, 0, 0);
      sharpener.draw(frame, size);
      const luma = pixels(sharpener.canvas).filter((_, at) => at % 4 === 0);
      await sharpener.settled();
      let text = "";
      for (let from = 0; from < luma.length; from += 8192) {
        text += String.fromCharCode(...luma.subarray(from, from + 8192));
      }
      return btoa(text);
    };
    window.choice = () => sharpener.choice;
  },
  model,
  came,
);
const made = [];
for (let index = 0; index < count; index++) {
  made.push(Buffer.from(await page.evaluate((index, size) => drawn(index, size), index, size), "base64"));
}
writeFileSync(`${folder}/out.raw`, Buffer.concat(made));
console.log(JSON.stringify(await page.evaluate("choice()")));
await browser.close();
await files.close();
