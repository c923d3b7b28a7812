/** What a device does for a Sharpener. */

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
  /** Factor on the correction; 0 gives the picture as it came. */
  strength: number;
  /** Where the divider lies, 0 to 1 from the left: to its left the picture is drawn as it came. 0 sharpens all. */
  split: number;
}

export interface Backend {
  readonly name: "webgpu" | "webgl2";
  /** Of what layers hand on, and for WebGPU of its arithmetic too. */
  readonly precision: "f16" | "f32";
  /** The device, as far as the browser tells. */
  readonly device: string;
  /** Settles, with why, if the device goes away by itself. */
  readonly lost: Promise<string>;
  load(network: Network): Promise<void>;
  /** Draws `picture`, scaled to width x height, on the surface; returns at once. */
  draw(picture: Picture, width: number, height: number, look: Look): void;
  /** Settles when all that was drawn is done. */
  finished(): Promise<void>;
  /** `canvas`: the canvas too, which then shows nothing any more. */
  close(canvas: boolean): void;
}

/** Weights of a bicubic, a = -0.75 as OpenCV has it: what the models saw enlarged in training. The body of a shader. */
export const CUBIC = `
  let x = abs(t);
  if (x < 1.0) { return (1.25 * x - 2.25) * x * x + 1.0; }
  if (x < 2.0) { return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0; }
  return 0.0;`;

/** Luma of BT.601 in full range, as Crispen's Python has it for pictures in RGB. */
export const LUMA = [0.299, 0.587, 0.114] as const;

/** Width and height of a picture as it should be shown. */
export function sizeOf(picture: Picture): [number, number] {
  if ("videoWidth" in picture) return [picture.videoWidth, picture.videoHeight];
  if ("displayWidth" in picture) return [picture.displayWidth, picture.displayHeight];
  if ("naturalWidth" in picture) return [picture.naturalWidth, picture.naturalHeight];
  return [picture.width, picture.height];
}
