/** The page that `crispen compare` writes: its buttons, its keys, and the view that its address asks for. */

import "../components/theme.css";
import "../components/base.css";
import "../components/divider.css";
import "./page.css";
import { all, element, isShortcut } from "../components/elements";
import { Held } from "../components/held";
import { config } from "./config";
import { Gestures } from "./gestures";
import { Player } from "./player";
import { Stage, type Zoom } from "./stage";

const MOVE = 40; // CSS pixels that an arrow key with Shift moves the picture

const stage = new Stage();
new Gestures(stage);
const player = config.videos.length ? new Player(stage.media as HTMLVideoElement[]) : undefined;
const truth = new Held(
  () => stage.truthShown,
  (shown) => stage.showTruth(shown),
);
const zoomOf = (text: string | null | undefined): Zoom => Number(text) || "fit";

for (const button of all("[data-zoom]")) {
  button.addEventListener("click", () => stage.setZoom(zoomOf(button.dataset.zoom)));
}
element("truth").addEventListener("click", () => truth.toggle());
document.addEventListener("click", (event) => {
  // A button that was clicked by pointer loses the focus, so that Space plays and does not press it again.
  if (event.detail > 0) (event.target as Element).closest("button")?.blur();
});

const keys: Record<string, () => void> = {
  0: () => stage.setZoom("fit"),
  1: () => stage.setZoom(1),
  2: () => stage.setZoom(2),
  4: () => stage.setZoom(4),
  ",": () => player?.step(-1),
  ".": () => player?.step(1),
};
const moves: Record<string, [number, number]> = {
  ArrowLeft: [MOVE, 0],
  ArrowRight: [-MOVE, 0],
  ArrowUp: [0, MOVE],
  ArrowDown: [0, -MOVE],
};

/** Before the divider sees the key, which it takes too. */
document.addEventListener("keydown", moveByKey, { capture: true });
function moveByKey(event: KeyboardEvent): void {
  const by = moves[event.key];
  if (!by || !event.shiftKey || isShortcut(event) || (event.target as Element).matches("input")) return;
  event.preventDefault();
  event.stopPropagation();
  stage.move(...by);
}

document.addEventListener("keydown", (event) => {
  if (isShortcut(event)) return;
  const on = event.target as Element;
  if (event.key.toLowerCase() === "t" && stage.media.length > 2) {
    if (!event.repeat) truth.press();
  } else if (event.key === " " && player && !on.closest("button, summary")) {
    event.preventDefault();
    if (!event.repeat) player.toggle();
  } else if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]?.();
  } else if (!on.matches("input") && stage.divider.key(event)) {
    event.preventDefault(); // an input has its own use for arrow keys
  }
});
document.addEventListener("keyup", (event) => {
  if (event.key.toLowerCase() === "t") truth.release();
});

/** A view can be passed on: page.html#divider=30&zoom=2&truth=1&time=1.5 */
function readAddress(): void {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("zoom")) stage.setZoom(zoomOf(wanted.get("zoom")));
  if (wanted.has("divider")) stage.divider.set(Number(wanted.get("divider")) / 100 || 0);
  if (wanted.has("truth")) stage.showTruth(wanted.get("truth") !== "0");
  if (wanted.has("time")) player?.seekFrameAt(Number(wanted.get("time")) || 0);
}
addEventListener("hashchange", readAddress);
addEventListener("load", readAddress);
