/** The page that `crispen serve` serves. */

import "../components/theme.css";
import "../components/base.css";
import "../components/divider.css";
import "./page.css";
import { Divider } from "../components/divider";
import { all, element } from "../components/elements";
import { Call } from "./call";
import { change, end, setToken } from "./server";
import { FIELDS, fieldValue, isSplit, limit, settings } from "./settings";
import { camera, videoFile } from "./source";

const stage = element("stage");
const video = element<HTMLVideoElement>("video");
const sound = element("sound");
const pick = element<HTMLInputElement>("file");
let call: Call | undefined;
let sending: { again: boolean } | undefined;

const divider = new Divider(element("divider"), {
  labels: ["as received", "sharpened"],
  moved: () => {
    place();
    void tell();
  },
  picture: pictureOnStage,
  range: [0.01, 0.99], // the server takes 0 as no divider
});
divider.follow(stage);

function say(text: string): void {
  element("trouble").textContent = text;
  element("trouble").hidden = !text;
}

/** Where the server draws the divider; 0 for none, because others in the room would see it. */
const split = () => (isSplit() && !call?.room ? divider.at : 0);

/** Starts a call. If the new source cannot be opened, the previous call continues. */
async function start(open: () => Promise<MediaStream>): Promise<void> {
  let stream: MediaStream;
  try {
    stream = await open();
  } catch (error) {
    return say((error as Error).message);
  }
  await stop();
  say("");
  const mine = new Call(stream, (why) => void stop().then(() => say(why)));
  call = mine;
  try {
    await mine.start(split());
    if (call !== mine) return;
    for (const id of ["stop", "sound"]) element(id).hidden = false;
    element("empty").hidden = true;
    stage.classList.add("live");
    place();
  } catch (error) {
    if (call === mine) await stop();
    say((error as Error).message);
  }
}

async function stop(): Promise<void> {
  const was = call;
  call = undefined;
  if (!was) return;
  const ended = was.stop();
  for (const id of ["stop", "sound"]) element(id).hidden = true;
  element("empty").hidden = false;
  stage.classList.remove("live");
  place();
  await ended;
}

/** Tells the server what was chosen; while one such message is on its way, only the last of those that follow is sent. */
async function tell(): Promise<void> {
  if (!call?.where) return;
  if (sending) {
    sending.again = true;
    return;
  }
  const now = { again: false };
  sending = now;
  await change(call.where, settings(call.rows, split())).catch((error: Error) => say(error.message));
  sending = undefined;
  if (now.again) await tell();
}

/** The video may be narrower or lower than the stage. */
function pictureOnStage(): { left: number; width: number } {
  if (!video.videoWidth) return { left: 0, width: stage.clientWidth };
  const scale = Math.min(stage.clientWidth / video.videoWidth, stage.clientHeight / video.videoHeight);
  const width = scale * video.videoWidth;
  return { left: (stage.clientWidth - width) / 2, width };
}

function place(): void {
  if (video.videoWidth) stage.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
  const shown = Boolean(call) && split() > 0 && video.videoWidth > 0;
  divider.element.hidden = !shown;
  element("split-field").hidden = Boolean(call?.room);
  for (const each of all(".side", stage)) each.hidden = !shown;
  divider.place();
}

element("camera").addEventListener("click", () => void start(camera));
element("choose").addEventListener("click", () => pick.click());
pick.addEventListener("change", () => {
  const [file] = pick.files ?? [];
  if (file) void start(() => videoFile(file));
  pick.value = ""; // the same file may be chosen again
});
element("stop").addEventListener("click", () => void stop());
sound.addEventListener("click", () => {
  const on = sound.getAttribute("aria-pressed") !== "true";
  sound.setAttribute("aria-pressed", String(on));
  for (const each of all<HTMLVideoElement>(call?.room ? "#others video" : "#video")) each.muted = !on;
});
for (const id of [...FIELDS, "split"]) {
  element(id).addEventListener("input", () => {
    element("shown").textContent = Number(fieldValue("strength")).toFixed(1);
    place();
    void tell();
  });
}
for (const id of ["sent", "scale"]) element(id).addEventListener("input", () => void (call && limit(call.pc)));
element("token").addEventListener("change", () => setToken(fieldValue("token")));
element("form").addEventListener("submit", (event) => event.preventDefault());
video.addEventListener("resize", place);
addEventListener("resize", place);
addEventListener("pagehide", () => {
  for (const where of call?.sessions ?? []) void end(where);
});
