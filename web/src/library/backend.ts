/** The interface of a backend, WebGPU or WebGL2, to a Sharpener. */

import type { Network } from "./network";

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
  /** Resolves to the reason if the device is lost. */
  readonly lost: Promise<string>;
  load(network: Network): Promise<void>;
  /** Draws `picture`, scaled to width x height, on the surface; does not wait for the device. */
  draw(picture: Picture, width: number, height: number, look: Look): void;
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
