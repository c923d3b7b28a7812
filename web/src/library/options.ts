/** What a Sharpener is opened with, and what it counts. */

import type { Surface } from "./backend";
import type { Models } from "./models";
import type { Wish } from "./open";

/** The largest factor on the correction, as in Crispen's Python. */
export const MAX_STRENGTH = 2;

export interface Options extends Wish {
  /** "fast", "balanced" (default) or "best", from `folder`; or a file that `crispen export` wrote, as bytes or address. */
  model?: string | URL | ArrayBuffer;
  /** The address of the folder of MODEL-EXPERT.safetensors and MODEL-router.safetensors. Default: those of the package. */
  folder?: string | URL;
  /** Loads the file of an expert by its name, and the router by the name "router"; replaces `model` and `folder`. */
  models?: Models;
  /** "auto" (default): the router chooses the expert and its strength. Otherwise the name of the expert. */
  set?: string;
  /** The canvas to draw on. Default: a new one. */
  canvas?: Surface;
  /** Factor on the correction, 0 to 2. Default 1. */
  strength?: number;
}

export interface Stats {
  /** Frames drawn, and frames skipped because the one before was not finished. */
  frames: number;
  skipped: number;
  /** Milliseconds until a frame is finished on the device: median of the last 60 frames. */
  frameTime: number;
}

/** @throws RangeError outside 0 to 2. */
export function checkedStrength(strength: number): number {
  if (strength >= 0 && strength <= MAX_STRENGTH) return strength;
  throw new RangeError(`strength is 0 to ${MAX_STRENGTH}, not ${strength}`);
}
