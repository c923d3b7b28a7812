/** The benchmark: milliseconds per frame of each model and size, on a separate device. */

import { element } from "../components/elements";
import { titled } from "../components/words";
import { GENERAL, MODELS, type Model, modelsOf, Sharpener, type Timing } from "../library/index";

const SIZES = [
  [1280, 720],
  [1920, 1080],
] as const;
const ROOM = 2000; // milliseconds that one number takes, about
const LONGEST = 500; // milliseconds per frame from which on a size is left out
const REAL_TIME = 1000 / 30; // milliseconds per frame at 30 fps

interface Row {
  model: Model;
  timing: Timing;
}

/** Yields each number as it is known, the picture's own size first. */
async function* measure(own: readonly [number, number]): AsyncGenerator<Row> {
  const sizes = [own, ...SIZES.filter(([width, height]) => width !== own[0] || height !== own[1])];
  for (const model of MODELS) {
    const sharpener = await Sharpener.open({ models: modelsOf(model), set: GENERAL });
    try {
      let rate = 0; // milliseconds per pixel, of the size before
      for (const [width, height] of sizes) {
        if (rate * width * height > LONGEST) continue;
        const rough = await sharpener.benchmark(width, height, 1);
        const frames = Math.min(30, Math.floor(ROOM / rough.frameTime));
        const timing = frames < 3 ? rough : await sharpener.benchmark(width, height, frames);
        rate = timing.frameTime / width / height;
        yield { model, timing };
      }
    } finally {
      sharpener.close();
    }
  }
}

/** Which models keep up with 30 frames per second, in words. */
function verdict(rows: readonly Row[]): string {
  return SIZES.map(([width, height]) => {
    const kept = rows.filter(
      ({ timing }) => timing.width === width && timing.height === height && timing.frameTime <= REAL_TIME,
    );
    return `Fast enough for ${height}p at 30 fps: ${kept.map(({ model }) => titled(model)).join(", ") || "none"}.`;
  }).join(" ");
}

/** The rows as a table, one line for each model. */
function table(rows: readonly Row[]): HTMLTableElement {
  const made = document.createElement("table");
  const sizes = [...new Set(rows.map(({ timing }) => `${timing.width}×${timing.height}`))];
  const told = rows[0]?.timing;
  const caption = told ? `${told.device}, ${told.backend}, ${told.precision}. Milliseconds per frame, median.` : "";
  made.createCaption().textContent = caption;
  const head = made.createTHead().insertRow();
  for (const title of ["Model", "MAC/pixel", ...sizes, "GMAC/s"]) {
    head.append(Object.assign(document.createElement("th"), { scope: "col", textContent: title }));
  }
  const body = made.createTBody();
  for (const model of MODELS) {
    const mine = rows.filter((row) => row.model === model).map((row) => row.timing);
    const [first] = mine;
    if (!first) continue;
    const line = body.insertRow();
    line.append(Object.assign(document.createElement("th"), { scope: "row", textContent: titled(model) }));
    line.insertCell().textContent = first.macsPerPixel.toLocaleString("en");
    for (const size of sizes) {
      const timing = mine.find((each) => `${each.width}×${each.height}` === size);
      line.insertCell().textContent = timing ? timing.frameTime.toFixed(timing.frameTime < 100 ? 1 : 0) : "–";
    }
    line.insertCell().textContent = Math.max(...mine.map((each) => each.gmacs)).toFixed(1);
  }
  return made;
}

/** Measures, and shows the results as they come. `own`: the picture's size. `video` is paused meanwhile. */
export async function benchmark(own: readonly [number, number], video: HTMLVideoElement): Promise<void> {
  const button = element<HTMLButtonElement>("measure");
  const running = !video.paused;
  const rows: Row[] = [];
  button.disabled = true;
  button.textContent = "Measuring";
  video.pause(); // nothing else may use the device meanwhile
  try {
    for await (const row of measure(own)) {
      rows.push(row);
      element("results").replaceChildren(table(rows));
    }
    element("results").prepend(Object.assign(document.createElement("p"), { textContent: verdict(rows) }));
  } finally {
    button.disabled = false;
    button.textContent = "Run it again";
    if (running) await video.play();
  }
}
