/** The box over a video: a canvas and the line of the divider. Clicks go through it. */

import { lineAt, rightOf } from "../components/divider";
import { pin } from "./pin";

const PLAIN = {
  all: "initial",
  display: "block",
  visibility: "hidden",
  "pointer-events": "none",
  "box-sizing": "border-box",
  inset: "auto",
  overflow: "hidden",
};
const FILLING = {
  all: "initial",
  position: "absolute",
  inset: "0",
  width: "100%",
  height: "100%",
  "box-sizing": "border-box",
  "pointer-events": "none",
  border: "0 solid transparent",
};

export interface Box {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly isShown: boolean;
  /**
   * @param at the divider's position on the screen, 0 to 1 of the width; left of it the canvas is hidden. 0: no divider.
   * @param controls CSS pixels at the bottom that are left free.
   */
  show(at: number, isMirrored: boolean, controls: number): void;
  hide(): void;
}

export function madeBox(): Box {
  const [root, canvas, line] = [
    document.createElement("div"),
    document.createElement("canvas"),
    document.createElement("div"),
  ];
  pin(root, PLAIN);
  for (const each of [canvas, line]) pin(each, FILLING);
  root.dataset.crispen = "sharp";
  root.setAttribute("aria-hidden", "true");
  root.popover = "manual"; // to be shown over a video that is full screen itself
  root.append(canvas, line);
  return {
    root,
    canvas,
    get isShown() {
      return root.style.visibility === "visible";
    },
    show(at, isMirrored, controls) {
      pin(root, { visibility: "visible" });
      const free = `inset(0 0 ${controls}px 0)`;
      pin(canvas, { "clip-path": at ? rightOf(at, isMirrored, controls) : free });
      pin(line, { background: at ? lineAt(isMirrored ? 1 - at : at) : "none", "clip-path": free });
    },
    hide() {
      pin(root, { visibility: "hidden" });
    },
  };
}
