/** The page: what is sharpened, how, and what that takes. */

import { Sharpener } from "../library/index";
import { measure, table, type Row } from "./bench";
import { clamp, element } from "../components/elements";
import { MODELS, filesOf, type Model } from "./models";
import { sizeFor } from "./size";
import { open, type Kind, type Source } from "./source";
import { Stage } from "./stage";

const SETS: Record<Kind, string> = { sample: "small", camera: "any", file: "any" }; // the sample was sent small
const stage = new Stage();
const root = element("stage");
const video = element<HTMLVideoElement>("video");
const canvas = element<HTMLCanvasElement>("sharp");
const play = element<HTMLButtonElement>("play");
const strength = element<HTMLInputElement>("strength");
const buttons: Record<Kind, HTMLElement> = { sample: element("sample"), camera: element("camera"), file: element("open") };
const pick = element<HTMLInputElement>("file");
const view: { sharpener?: Sharpener; source?: Source; detach: () => void; size: [number, number] } = {
  detach: () => {},
  size: [0, 0],
};

const chosen = (name: string): string => document.querySelector<HTMLInputElement>(`[name=${name}]:checked`)?.value ?? "";
const setHere = (): string => (view.size[0] > (view.source?.width ?? 0) ? "small" : SETS[view.source?.kind ?? "sample"]);

function say(trouble: unknown): void {
  const text = trouble instanceof Error ? trouble.message : String(trouble);
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}

/** Runs what may fail, and tells of it on the page. */
function attempt(work: () => Promise<void>): void {
  say("");
  work().catch(say);
}

function draw(): void {
  if (view.source) view.sharpener?.draw(view.source.picture, view.size);
}

/** The canvas is as large as the picture, or twice that where it is shown much larger. */
function resize(): void {
  const { source } = view;
  if (!source) return;
  const [width, height] = source.picture instanceof HTMLVideoElement && video.videoWidth
    ? [video.videoWidth, video.videoHeight]
    : [source.width, source.height];
  // The sample was enlarged already, and what a camera gives was never small.
  const shown = source.kind === "file" ? root.clientWidth * devicePixelRatio : 0;
  view.size = sizeFor(width, height, shown);
  stage.fit(width, height, source.kind === "camera");
}

async function show(kind: Kind, file?: File): Promise<void> {
  stage.state = "waiting";
  element("waiting-for").textContent = kind === "camera" ? "Waiting for your camera" : "Getting ready";
  try {
    const source = await open(kind, file);
    view.detach();
    view.source = source;
    for (const [each, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(each === kind));
    resize();
    view.sharpener ??= await Sharpener.open({ models: filesOf(chosen("model") as Model), set: setHere(), canvas });
    view.sharpener.strength = Number(strength.value);
    await view.sharpener.use(setHere(), filesOf(chosen("model") as Model));
    const still = source.picture instanceof HTMLImageElement;
    play.disabled = still;
    if (still) draw();
    else view.detach = view.sharpener.attach(video, () => view.size);
    tellWork();
    stage.state = "running";
  } catch (error) {
    stage.state = view.source && view.sharpener ? "running" : "empty";
    throw error;
  }
}

async function changeModel(): Promise<void> {
  await view.sharpener?.use(setHere(), filesOf(chosen("model") as Model));
  draw();
  tellWork();
}

function tellWork(): void {
  const { sharpener, size: [width, height] } = view;
  if (!sharpener) return;
  const macs = sharpener.macsPerPixel;
  element("work").textContent = `${((macs * width * height) / 1e9).toFixed(2)} GMAC`;
  element("work-note").textContent = `a frame; ${macs.toLocaleString("en")} MAC a pixel`;
  element("backend").textContent = sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2";
  element("gpu").textContent = `${sharpener.gpu}, ${sharpener.precision}`;
  element("gpu").title = `${sharpener.gpu} (${sharpener.reason})`;
}

let counted = { frames: 0, at: performance.now(), drawn: 0, skipped: 0 };
function tellTime(): void {
  const { sharpener, source, size: [width, height] } = view;
  if (!sharpener || !source) return;
  const time = sharpener.stats.frameTime;
  const [frames, now] = [video.getVideoPlaybackQuality().totalVideoFrames, performance.now()];
  const rate = Math.max(0, (1000 * (frames - counted.frames)) / (now - counted.at));
  const { frames: drawn, skipped } = sharpener.stats;
  const late = skipped - counted.skipped > drawn - counted.drawn;
  counted = { frames, at: now, drawn, skipped };
  element("time-note").textContent = late ? "too long for every frame to be drawn; take a smaller model" : "median of the last 60";
  const moves = source.picture === video && !video.paused;
  element("time").textContent = time ? `${time.toFixed(time < 100 ? 1 : 0)} ms` : "–";
  element("size").textContent = `${width}×${height}`;
  const enlarged = width > source.width ? `enlarged from ${source.width}×${source.height}` : "";
  element("rate").textContent = [moves ? `${rate.toFixed(0)} frames a second` : "standing still", enlarged].filter(Boolean).join(", ");
}

async function benchmark(): Promise<void> {
  const button = element<HTMLButtonElement>("measure");
  const running = !video.paused;
  const rows: Row[] = [];
  button.disabled = true;
  button.textContent = "Measuring";
  video.pause(); // the device is to be the benchmark's alone
  try {
    for await (const row of measure(view.size)) {
      rows.push(row);
      element("results").replaceChildren(table(rows));
    }
  } finally {
    button.disabled = false;
    button.textContent = "Run it again";
    if (running) await video.play();
  }
}

function setStrength(value: number): void {
  strength.value = String(clamp(value, 0, 1.5));
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
video.onplay = video.onpause = () => {
  play.textContent = video.paused ? "Play" : "Pause";
  if (video.paused) draw(); // the very frame, where the device was still busy with another
};
video.onresize = resize;
addEventListener("resize", resize);
element("measure").onclick = () => attempt(benchmark);

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    const outside = name === "dragleave" && (event as DragEvent).relatedTarget === null;
    document.body.classList.toggle("dropping", name !== "drop" && !outside);
    const [file] = name === "drop" ? ((event as DragEvent).dataTransfer?.files ?? []) : [];
    if (file) attempt(() => show("file", file));
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const on = event.target as HTMLElement;
  const zooms = ["1", "2", "4"];
  const keys: Record<string, () => void> = {
    "1": () => choose("model", MODELS[0]), "2": () => choose("model", MODELS[1]), "3": () => choose("model", MODELS[2]),
    "+": () => setStrength(Number(strength.value) + 0.1), "-": () => setStrength(Number(strength.value) - 0.1),
    z: () => choose("zoom", zooms[(zooms.indexOf(chosen("zoom")) + 1) % 3] ?? "1"),
    b: () => stage.beforeOnly(true),
  };
  if (event.key === " " && !on.matches("button, input, summary")) keys[" "] = pause;
  const action = keys[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("keyup", (event) => {
  if (event.key.toLowerCase() === "b") stage.beforeOnly(false);
});

setInterval(tellTime, 500);
setStrength(1);
attempt(() => show("sample"));
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  navigator.serviceWorker.register("./offline.js").then(() => navigator.serviceWorker.ready).then(() => {
    element("offline").textContent = "It is ready for that now.";
  }, () => {}); // from a place without https the page works all the same, with its server
}
