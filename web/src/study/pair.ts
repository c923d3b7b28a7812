/**
 * Two pictures side by side, which move together.
 *
 * One picture pixel is one pixel of the screen, at whole offsets, so that nothing is resampled.
 */

import { clamp, element } from "../components/elements";

const KEPT = 24; // decoded pictures that are kept for later pairs

const pending = new Map<string, Promise<HTMLImageElement>>();

/** Loads and decodes a picture of the study. */
export function load(name: string): Promise<HTMLImageElement> {
  const before = pending.get(name);
  if (before) return before;
  if (pending.size > KEPT) pending.delete(pending.keys().next().value as string);
  const image = new Image();
  image.src = `pictures/${name}.png`;
  const loaded = image.decode().then(
    () => image,
    (error) => {
      pending.delete(name);
      throw error;
    },
  );
  pending.set(name, loaded);
  return loaded;
}

export class Pair {
  private readonly canvases = [element<HTMLCanvasElement>("left"), element<HTMLCanvasElement>("right")] as const;
  private readonly grey = getComputedStyle(document.documentElement).getPropertyValue("--room");
  private images: readonly HTMLImageElement[] | undefined;
  private pan = [0, 0]; // the picture's corner that is shown, in its pixels

  constructor() {
    const sizes = new ResizeObserver((entries) => {
      for (const entry of entries) this.resize(entry);
      this.move(0, 0);
    });
    for (const canvas of this.canvases) {
      try {
        sizes.observe(canvas, { box: "device-pixel-content-box" });
      } catch {
        sizes.observe(canvas);
      }
      this.followPointer(canvas);
    }
  }

  /** Shows two pictures of one size, their middles first; without any, plain grey. */
  show(images?: readonly HTMLImageElement[]): void {
    this.images = images;
    this.pan = this.limits().map((most) => Math.floor(most / 2));
    this.draw();
  }

  /** Moves both pictures, by pixels of the screen. */
  move(x: number, y: number): void {
    const most = this.limits();
    this.pan = [x, y].map((by, axis) => clamp(Math.round((this.pan[axis] ?? 0) + by), 0, most[axis] ?? 0));
    this.draw();
  }

  /** How far the pictures can be moved, in pixels, across and down. */
  private limits(): number[] {
    const [image] = this.images ?? [];
    if (!image) return [0, 0];
    const [left, right] = this.canvases;
    return [
      Math.max(0, image.naturalWidth - Math.max(left.width, right.width)),
      Math.max(0, image.naturalHeight - Math.max(left.height, right.height)),
    ];
  }

  private draw(): void {
    const hidden = this.limits().some((most) => most > 0);
    const [x, y] = this.pan as [number, number];
    for (const [side, canvas] of this.canvases.entries()) {
      const pen = canvas.getContext("2d", { alpha: false });
      if (!pen) continue;
      pen.imageSmoothingEnabled = false;
      pen.fillStyle = this.grey;
      pen.fillRect(0, 0, canvas.width, canvas.height);
      canvas.classList.toggle("wide", hidden);
      const image = this.images?.[side];
      if (!image) continue;
      const [width, height] = [
        Math.min(canvas.width, image.naturalWidth),
        Math.min(canvas.height, image.naturalHeight),
      ];
      const left = side ? 0 : canvas.width - width; // both close to the middle
      const top = Math.floor((canvas.height - height) / 2);
      pen.drawImage(image, x, y, width, height, left, top, width, height);
    }
    element("hint").hidden = !hidden;
  }

  private resize({ target, contentRect, devicePixelContentBoxSize }: ResizeObserverEntry): void {
    if (!contentRect.width) return;
    const exact = devicePixelContentBoxSize?.[0];
    const round = (side: number) => Math.round(side * devicePixelRatio);
    const [width, height] = [round(contentRect.width), round(contentRect.height)];
    const near = exact && Math.abs(exact.inlineSize - width) < 2; // emulated displays report another one's
    const canvas = target as HTMLCanvasElement;
    const [wide, high] = near ? [exact.inlineSize, exact.blockSize] : [width, height];
    if (canvas === this.canvases[0]) {
      const [x, y] = this.pan as [number, number];
      this.pan = [x + (canvas.width - wide) / 2, y + (canvas.height - high) / 2];
    }
    canvas.width = wide;
    canvas.height = high;
  }

  private followPointer(canvas: HTMLCanvasElement): void {
    let last: [number, number] | undefined;
    canvas.addEventListener("pointerdown", (event) => {
      last = [event.clientX, event.clientY];
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      const x = Math.round((last[0] - event.clientX) * devicePixelRatio);
      const y = Math.round((last[1] - event.clientY) * devicePixelRatio);
      last = [last[0] - x / devicePixelRatio, last[1] - y / devicePixelRatio];
      this.move(x, y);
    });
    for (const name of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(name, () => {
        last = undefined;
      });
    }
  }
}
