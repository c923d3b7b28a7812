/** One video of a page and the sharpened picture over it. */

import { lineAt, rightOf } from "../components/divider";
import { Pace } from "../components/pace";
import { sizeFor } from "../components/size";
import { described } from "../components/words";
import { AUTO, MODELS, type Model, type Models, Sharpener } from "../library/index";
import { lay, mirrored, pin } from "./box";
import type { Settings } from "./settings";

const PLAIN = {
  "pointer-events": "none",
  animation: "none",
  transition: "none",
  "box-shadow": "none",
  outline: "none",
  "box-sizing": "border-box",
  margin: "0",
  inset: "auto",
  overflow: "hidden",
  background: "none",
  border: "0 solid transparent",
  "max-width": "none",
  "max-height": "none",
  "min-width": "0",
};
const CONTROLS = 84; // pixels at the bottom that the browser's own controls take

/** The reason shown for a video that even the smallest model is too slow for. */
export const SLOW = "the graphics of this computer are too slow for it";

export class Overlay {
  /** Why this video cannot be sharpened; empty if it can. */
  trouble = "";
  private readonly canvas = made("canvas");
  private readonly line = made("div");
  private sharpener: Sharpener | undefined;
  private detach = () => {};
  private model: Model; // the model in use: the chosen one, or a smaller one
  private readonly pace = new Pace();
  private pointer: number | undefined; // its position over the video, 0 to 1 of the width on the screen
  private closed = false;
  private readonly leave = new AbortController();

  constructor(
    readonly video: HTMLVideoElement,
    private readonly models: (model: string) => Models,
    private settings: Settings,
  ) {
    const { signal } = this.leave;
    this.model = settings.model;
    this.canvas.dataset.crispen = "sharp";
    this.line.dataset.crispen = "line";
    this.canvas.style.setProperty("visibility", "hidden", "important");
    video.addEventListener("emptied", () => this.clear(), { signal }); // before another stream
    video.addEventListener("resize", () => this.place(), { signal });
    for (const event of ["pause", "play", "seeked"]) video.addEventListener(event, () => this.still(), { signal });
    video.addEventListener("encrypted", () => (this.trouble = "protected"), { signal });
    const follow = new ResizeObserver(() => this.place());
    follow.observe(video);
    signal.addEventListener("abort", () => follow.disconnect());
    void this.open();
  }

  get time(): number {
    return this.sharpener?.stats.frameTime ?? 0;
  }

  get backend(): string {
    const { sharpener } = this;
    return sharpener
      ? `${this.model} on ${sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2"}, ${sharpener.gpu}`
      : "";
  }

  /** The expert that the router chose for this video, in words; "" while nothing runs. */
  get expert(): string {
    return this.sharpener ? described(this.sharpener.choice) : "";
  }

  apply(settings: Settings): void {
    const model = settings.model !== this.settings.model;
    this.settings = settings;
    if (this.sharpener) this.sharpener.strength = settings.strength;
    if (model) this.take(settings.model);
    this.still();
    this.place();
  }

  /** Moves the divider to a pointer over this video. `x`, `y`: in the window. `wanted`: whether there is to be a divider. */
  point(x: number, y: number, wanted: boolean): void {
    const box = this.video.getBoundingClientRect();
    const over = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    const at = over && wanted ? (x - box.left) / box.width : undefined;
    if (at === this.pointer) return;
    this.pointer = at;
    this.place();
  }

  /** Places the sharpened picture over the present position of the video. */
  place(): void {
    if (this.closed || !this.sharpener) return;
    const drawn = this.sharpener.stats.frames > 0 && this.canvas.width > 0 && this.video.readyState >= 2;
    const seen = lay(this.canvas, this.video);
    const shown = drawn && !this.trouble && getComputedStyle(this.video).visibility === "visible";
    pin(this.canvas, { visibility: shown ? "visible" : "hidden" });
    const compared = this.settings.compare || this.pointer !== undefined;
    const at = this.pointer ?? this.settings.at;
    const turned = mirrored(this.video);
    const controls = this.video.controls && (this.video.paused || this.video.matches(":hover"));
    if (compared) pin(this.canvas, { "clip-path": rightOf(at, turned) });
    else if (controls) pin(this.canvas, { "clip-path": `inset(0 0 ${CONTROLS}px 0)` });
    if (compared && seen && shown) {
      lay(this.line, this.video, this.canvas);
      pin(this.line, { visibility: "visible", background: lineAt(turned ? 1 - at : at) });
    } else {
      this.line.remove();
    }
  }

  /** Takes a smaller model if frames come too late, and after the smallest leaves the video as received. */
  keepUp(): void {
    if (!this.sharpener) return;
    const late = this.pace.isLate(this.video, this.sharpener.stats.frames);
    if (!late || !this.settings.punctual || document.hidden) return;
    const smaller = MODELS[MODELS.indexOf(this.model) - 1];
    if (smaller) this.take(smaller);
    else this.trouble = SLOW;
  }

  close(): void {
    this.closed = true;
    this.leave.abort();
    this.detach();
    this.sharpener?.close();
    this.canvas.remove();
    this.line.remove();
  }

  private async open(): Promise<void> {
    try {
      const { strength } = this.settings;
      const sharpener = await Sharpener.open({
        models: this.models(this.model),
        canvas: this.canvas,
        strength,
      });
      if (this.closed) return sharpener.close();
      this.sharpener = sharpener;
      this.pace.reset(this.video, 0);
      sharpener.addEventListener("lost", () => this.clear());
      sharpener.addEventListener("choice", () => this.still());
      this.detach = sharpener.attach(this.video, () => this.size());
      this.apply(this.settings);
    } catch (error) {
      this.trouble = `it could not be opened (${(error as Error).message})`;
    }
  }

  /** Called before each frame: updates the position. @returns the size to draw. */
  private size(): [number, number] {
    requestAnimationFrame(() => this.place());
    return this.wanted();
  }

  private wanted(): [number, number] {
    const shown = this.video.clientWidth * devicePixelRatio;
    return sizeFor(this.video.videoWidth, this.video.videoHeight, shown);
  }

  private take(model: Model): void {
    this.model = model;
    const taken = this.sharpener?.use(AUTO, this.models(model));
    taken?.then(
      () => this.still(),
      (error: Error) => (this.trouble = error.message),
    );
  }

  /** Draws the present frame of a paused video, which has no next one. */
  private still(): void {
    if (this.video.paused && this.video.readyState >= 2) this.sharpener?.draw(this.video, this.wanted());
    this.place();
  }

  private clear(): void {
    pin(this.canvas, { visibility: "hidden" });
  }
}

function made<T extends "canvas" | "div">(name: T): HTMLElementTagNameMap[T] {
  const element = document.createElement(name);
  for (const [property, value] of Object.entries(PLAIN)) element.style.setProperty(property, value, "important");
  element.setAttribute("aria-hidden", "true");
  element.popover = "manual"; // to be shown over a video that is full screen itself
  return element;
}
