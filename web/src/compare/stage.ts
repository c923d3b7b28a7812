/**
 * The stage: where the pictures are, how large they are shown, and where the divider cuts them.
 *
 * The divider keeps its place on the stage while an enlarged picture moves under it, so it can always be reached.
 */

import { Divider, rightOf } from "../components/divider";
import { all, clamp, element, first } from "../components/elements";
import { config } from "./config";

export type Zoom = number | "fit"; // screen pixels for each pixel of the picture

const MOST = 16; // screen pixels for each pixel of the picture
const DIVIDER_STEP = 0.01;

const screenPixel = () => 1 / devicePixelRatio;
const snap = (value: number) => Math.round(value / screenPixel()) * screenPixel(); // whole screen pixels stay sharp

export class Stage {
  readonly root = element("stage");
  readonly media = all(".media", this.root);
  readonly divider: Divider;
  private readonly truth = element("truth");
  private zoom: Zoom = "fit";
  private scale = 1; // CSS pixels for each pixel of the picture
  private x = 0; // of the picture's corner on the stage, in CSS pixels
  private y = 0;
  private middle: [number, number] = [0, 0]; // the point of the picture in the middle of the stage

  constructor() {
    const [width, height] = config.size;
    for (const each of this.media) Object.assign(each.style, { width: `${width}px`, height: `${height}px` });
    this.divider = new Divider(element("divider"), {
      labels: [config.labels[0], config.labels[1]],
      moved: () => this.draw(),
      picture: () => this.visible(),
      step: DIVIDER_STEP,
    });
    new ResizeObserver(() => this.resize()).observe(this.root);
    this.setZoom("fit");
  }

  get movable(): boolean {
    const [width, height] = this.pictureSize();
    return width > this.root.clientWidth + 1 || height > this.root.clientHeight + 1;
  }

  get truthShown(): boolean {
    return this.root.classList.contains("truth-shown");
  }

  showTruth(shown: boolean): void {
    this.root.classList.toggle("truth-shown", shown && this.media.length > 2);
    this.truth.setAttribute("aria-pressed", String(shown));
  }

  setZoom(zoom: Zoom): void {
    this.zoom = zoom;
    const scale = zoom === "fit" ? this.fitScale() : zoom * screenPixel();
    this.scaleTo(scale, this.root.clientWidth / 2, this.root.clientHeight / 2);
  }

  /** Zooms by any factor; what is at (x, y) of the stage stays there. */
  zoomBy(factor: number, x: number, y: number): void {
    const low = Math.min(this.fitScale(), screenPixel());
    const scale = clamp(this.scale * factor, low, MOST * screenPixel());
    this.zoom = scale === this.fitScale() ? "fit" : scale / screenPixel();
    this.scaleTo(scale, x, y);
  }

  /** Moves the picture by CSS pixels. */
  move(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.draw();
  }

  private scaleTo(scale: number, x: number, y: number): void {
    const factor = scale / this.scale;
    this.x = x - (x - this.x) * factor;
    this.y = y - (y - this.y) * factor;
    this.scale = scale;
    this.draw();
  }

  /** The middle of the picture stays there as the window changes. */
  private resize(): void {
    this.scale = this.zoom === "fit" ? this.fitScale() : this.zoom * screenPixel();
    this.x = this.root.clientWidth / 2 - this.middle[0] * this.scale;
    this.y = this.root.clientHeight / 2 - this.middle[1] * this.scale;
    this.draw();
  }

  private pictureSize(): [number, number] {
    return [config.size[0] * this.scale, config.size[1] * this.scale];
  }

  private fitScale(): number {
    return Math.min(this.root.clientWidth / config.size[0], this.root.clientHeight / config.size[1]);
  }

  private visible(): { left: number; width: number } {
    const left = Math.max(0, this.x);
    return { left, width: Math.min(this.root.clientWidth, this.x + this.pictureSize()[0]) - left };
  }

  private draw(): void {
    const [width, height] = this.pictureSize();
    const { clientWidth, clientHeight } = this.root;
    const place = (offset: number, side: number, room: number) =>
      snap(side <= room ? (room - side) / 2 : clamp(offset, room - side, 0));
    this.x = place(this.x, width, clientWidth);
    this.y = place(this.y, height, clientHeight);
    for (const each of this.media) {
      // Not by its box: layout rounds that to fractions of a screen pixel.
      each.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    }
    this.middle = [(clientWidth / 2 - this.x) / this.scale, (clientHeight / 2 - this.y) / this.scale];
    const { left, width: shown } = this.visible();
    const edges = { left, right: clientWidth - left - shown, top: this.y, bottom: clientHeight - this.y - height };
    for (const [edge, room] of Object.entries(edges))
      this.root.style.setProperty(`--${edge}`, `${Math.max(0, room)}px`);
    this.divider.place();
    const cut = this.divider.line;
    first(".pane.before", this.root).style.clipPath = `inset(0 ${clientWidth - cut}px 0 0)`;
    first(".pane.after", this.root).style.clipPath = rightOf(cut / Math.max(1, clientWidth));
    this.tell();
  }

  private tell(): void {
    const times = this.scale / screenPixel();
    this.root.classList.toggle("pixels", this.zoom !== "fit" && times > 1.99);
    this.root.classList.toggle("exact", Math.abs(times - 1) < 0.001);
    this.root.classList.toggle("movable", this.movable);
    element("scale").textContent = `${Math.round(times * 100)}%`;
    for (const button of all("[data-zoom]")) {
      button.setAttribute("aria-pressed", String(button.dataset.zoom === String(this.zoom)));
    }
  }
}
