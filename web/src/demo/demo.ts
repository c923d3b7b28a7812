/** The page of the web demo: the source, the settings and the cost. */

import { clamp, element } from "../components/elements";
import { sizeFor } from "../components/size";
import { AUTO, MAX_STRENGTH, MODELS, type Model, modelsOf, Sharpener } from "../library/index";
import { benchmark } from "./bench";
import { Facts } from "./facts";
import { onDrop, onKeys } from "./input";
import { type Kind, open, type Source } from "./source";
import { Stage } from "./stage";

const stage = new Stage();
const facts = new Facts();
const root = element("stage");
const video = element<HTMLVideoElement>("video");
const canvas = element<HTMLCanvasElement>("sharp");
const play = element<HTMLButtonElement>("play");
const strength = element<HTMLInputElement>("strength");
const buttons: Record<Kind, HTMLElement> = {
  sample: element("sample"),
  camera: element("camera"),
  file: element("open"),
};
const pick = element<HTMLInputElement>("file");
const view: { sharpener?: Sharpener; source?: Source; detach: () => void; size: [number, number] } = {
  detach: () => {},
  size: [0, 0],
};

const SAMPLE = { factor: 2, codec: "vp8", bitsPerPixel: 230_000 / (320 * 240 * 30) }; // examples/make_call.py
const FACE: [number, number] = [0.48, 0.3]; // where it is in the sample, as shares of width and height

const chosen = (name: string): string =>
  document.querySelector<HTMLInputElement>(`[name=${name}]:checked`)?.value ?? "";
const model = (): Model => chosen("model") as Model;

function say(trouble: unknown): void {
  const text = trouble instanceof Error ? trouble.message : String(trouble);
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}

/** Runs what may fail, and shows the error on the page. */
function attempt(work: () => Promise<void>): void {
  say("");
  work().catch(say);
}

function draw(): void {
  if (view.source) view.sharpener?.draw(view.source.picture, view.size);
}

/** The canvas is as large as the picture, or twice as large if it is shown much larger. */
function resize(): void {
  const { source } = view;
  if (!source) return;
  const [width, height] =
    source.picture instanceof HTMLVideoElement && video.videoWidth
      ? [video.videoWidth, video.videoHeight]
      : [source.width, source.height];
  // The sample is already enlarged, and a camera's picture was never small.
  const scale = source.kind === "file" ? (root.clientWidth * devicePixelRatio) / width : 0;
  view.size = sizeFor(width, height, scale);
  stage.fit(width, height, source.kind === "camera");
}

async function show(kind: Kind, file?: File): Promise<void> {
  stage.state = "waiting";
  element("waiting-for").textContent = kind === "camera" ? "Waiting for your camera" : "Getting ready";
  try {
    const source = await open(kind, file);
    view.detach();
    view.sharpener?.restart();
    view.source = source;
    for (const [each, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(each === kind));
    resize();
    stage.middle = kind === "sample" ? FACE : [0.5, 0.5];
    choose("zoom", kind === "sample" ? "2" : "1");
    const streamInfo = kind === "sample" ? SAMPLE : {};
    if (view.sharpener) {
      view.sharpener.streamInfo = streamInfo; // before frames of the new source are drawn
      await view.sharpener.use(AUTO, modelsOf(model()));
    } else view.sharpener = Object.assign(await opened(), { streamInfo });
    view.sharpener.strength = Number(strength.value);
    const still = source.picture instanceof HTMLImageElement;
    play.disabled = still;
    if (still) draw();
    else view.detach = view.sharpener.attach(video, () => view.size);
    tell();
    stage.state = "running";
  } catch (error) {
    stage.state = view.source && view.sharpener ? "running" : "empty";
    throw error;
  }
}

async function opened(): Promise<Sharpener> {
  const sharpener = await Sharpener.open({ models: modelsOf(model()), canvas });
  sharpener.addEventListener("choice", () => {
    if (video.paused || view.source?.picture !== video) draw(); // nothing else comes to be drawn
    facts.showExpert(sharpener);
  });
  sharpener.addEventListener("failed", (event) => {
    event.preventDefault();
    say((event as CustomEvent<string>).detail);
  });
  return sharpener;
}

async function changeModel(): Promise<void> {
  await view.sharpener?.use(AUTO, modelsOf(model()));
  draw();
  tell();
}

function tell(): void {
  if (!view.sharpener) return;
  facts.showWork(view.sharpener, ...view.size);
  facts.reset(view.sharpener);
}

/** Twice a second: how long frames take. */
function look(): void {
  const { sharpener, source, size } = view;
  if (!sharpener || !source) return;
  const moves = source.picture === video && !video.paused;
  facts.showTime(sharpener, size, [source.width, source.height], moves);
  facts.showPace(sharpener, model(), moves);
}

function setStrength(value: number): void {
  strength.value = String(clamp(value, 0, MAX_STRENGTH));
  element("strength-value").textContent = Number(strength.value).toFixed(1);
  if (view.sharpener) view.sharpener.strength = Number(strength.value);
  draw();
}

function choose(name: string, value: string): void {
  const input = document.querySelector<HTMLInputElement>(`[name=${name}][value="${value}"]`);
  if (!input) return;
  input.checked = true;
  if (name === "zoom") stage.setZoom(Number(value));
  else attempt(changeModel);
}

function fullScreen(): void {
  attempt(() => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()));
}

/** Saves the present frame, sharpened, as a PNG. */
function save(): void {
  draw(); // a canvas can be read until it is presented
  canvas.toBlob((file) => {
    if (!file) return say("The browser gives no picture.");
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(file),
      download: "crispen.png",
    });
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

function pause(): void {
  if (play.disabled) return;
  if (video.paused) attempt(() => video.play());
  else video.pause();
}

for (const kind of ["sample", "camera"] as const) buttons[kind].onclick = () => attempt(() => show(kind));
buttons.file.onclick = () => pick.click();
pick.onchange = () => {
  const [file] = pick.files ?? [];
  if (file) attempt(() => show("file", file));
  pick.value = ""; // the same file may be chosen again
};
strength.oninput = () => setStrength(Number(strength.value));
for (const input of document.querySelectorAll<HTMLInputElement>("[name=model], [name=zoom]")) {
  input.onchange = () => choose(input.name, input.value);
}
play.onclick = pause;
element("full").onclick = fullScreen;
element("save").onclick = save;
const smaller = element<HTMLButtonElement>("smaller");
smaller.onclick = () => choose("model", smaller.value);
video.onplay = video.onpause = () => {
  play.textContent = video.paused ? "Play" : "Pause";
  if (video.paused) draw(); // the frame that is shown, if the device was busy with another
};
video.onresize = resize;
addEventListener("resize", resize);
element("measure").onclick = () => attempt(() => benchmark(view.size, video));

onDrop((file) => attempt(() => show("file", file)));
const zooms = ["1", "2", "4"];
onKeys({
  pressed: {
    "1": () => choose("model", MODELS[0]),
    "2": () => choose("model", MODELS[1]),
    "3": () => choose("model", MODELS[2]),
    "+": () => setStrength(Number(strength.value) + 0.1),
    "-": () => setStrength(Number(strength.value) - 0.1),
    z: () => choose("zoom", zooms[(zooms.indexOf(chosen("zoom")) + 1) % 3] ?? "1"),
    b: () => stage.beforeOnly(true),
    f: fullScreen,
    s: save,
  },
  space: pause,
  released: { b: () => stage.beforeOnly(false) },
});

setInterval(look, 500);
setStrength(1);
attempt(() => show("sample"));
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  navigator.serviceWorker
    .register("./offline.js")
    .then(() => navigator.serviceWorker.ready)
    .then(
      () => {
        element("offline").textContent = "It is ready for that now.";
      },
      () => {},
    ); // without https the page works too, as long as its server is there
}
