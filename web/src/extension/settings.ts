/** What is set in the popup, and what a page's content script tells of itself. */

import type { Model } from "../library/index";

export interface Settings {
  on: boolean;
  model: Model;
  /** Factor on the correction, 0 to 2. */
  strength: number;
  /** Show the picture as it came to the left of the divider. */
  compare: boolean;
  /** Where the divider lies, 0 to 1 from the left. */
  at: number;
  /** Where frames come too late, take a smaller model, and after the smallest leave the video alone. */
  punctual: boolean;
}

export const DEFAULTS: Settings = { on: true, model: "balanced", strength: 1, compare: false, at: 0.5, punctual: true };

/** Of one frame of a page: how many videos are sharpened, and how many are not, by why. */
export interface Status {
  on: boolean;
  sharpened: number;
  /** Milliseconds a frame of the slowest, 0 where not known yet. */
  time: number;
  /** "webgpu" or "webgl2", and the device. */
  backend: string;
  left: Record<string, number>;
}

/** What the content script leaves in its isolated world for the worker to call. */
export interface Page {
  apply(settings: Settings): Promise<Status>;
  status(): Status;
}
