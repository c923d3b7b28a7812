/** The interface of a backend, WebGPU or WebGL2, to a Sharpener. */

import type { Network } from "./network";
import type { Place } from "./tiles";

export type Picture =
  | HTMLVideoElement
  | VideoFrame
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement;
export type Surface = HTMLCanvasElement | OffscreenCanvas;

/** How one picture is drawn. */
export interface Look {
  /** Factor on the correction; 0 leaves the picture unchanged. */
  strength: number;
  /** Position of the divider, 0 to 1 of the width: left of it the picture is drawn unchanged. 0 sharpens all. */
  split: number;
}

export interface Backend {
  readonly name: "webgpu" | "webgl2";
  /** Precision of the features between layers, and on WebGPU of the arithmetic too. */
  readonly precision: "f16" | "f32";
  /** The name of the device, as far as the browser gives it. */
  readonly device: string;
  /** The largest width and height of a picture that the device can draw. */
  readonly largest: number;
  /** Resolves to the reason if the device is lost. */
  readonly lost: Promise<string>;
  /** Draws with `network` from when it resolves on. Compiles it the first time, and keeps it until `release`. */
  load(network: Network): Promise<void>;
  /** Forgets a network that is not in use. */
  release(network: Network): void;
  /** Draws `picture`, scaled to width x height, on the surface; does not wait for the device. */
  draw(picture: Picture, width: number, height: number, look: Look): void;
  /**
   * Reads parts of equal size of the last picture drawn, scaled but not sharpened, without waiting for the device.
   * @returns red, green, blue and alpha of one place after the other, row by row.
   * @throws Error if the device is lost, or nothing was drawn.
   */
  read(places: readonly Place[]): Promise<Uint8Array>;
  /** Resolves when the device has finished everything drawn so far. */
  finished(): Promise<void>;
  /** `canvas`: releases the context of the canvas too, which then stays empty. */
  close(canvas: boolean): void;
}

/** Weights of bicubic interpolation with a = -0.75, as OpenCV's, which was used in training. The body of a shader function. */
export const CUBIC = `
  let x = abs(t);
  if (x < 1.0) { return (1.25 * x - 2.25) * x * x + 1.0; }
  if (x < 2.0) { return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0; }
  return 0.0;`;

/** Luma of BT.601 in full range, as Crispen's Python computes it for RGB pictures. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/** Width and height of a picture as it should be shown. */
export function sizeOf(picture: Picture): [number, number] {
  if ("videoWidth" in picture) return [picture.videoWidth, picture.videoHeight];
  if ("displayWidth" in picture) return [picture.displayWidth, picture.displayHeight];
  if ("naturalWidth" in picture) return [picture.naturalWidth, picture.naturalHeight];
  return [picture.width, picture.height];
}

/** Whether it is a picture by itself: anything else counts as a frame of a video. */
export function isStill(picture: Picture): boolean {
  return "naturalWidth" in picture || (globalThis.ImageBitmap !== undefined && picture instanceof ImageBitmap);
}

/** A canvas of the page; in a worker, one without a page. */
export function newCanvas(): Surface {
  return globalThis.document ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
}
