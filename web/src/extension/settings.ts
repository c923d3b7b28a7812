/** The settings of the popup, and the status that a page's content script reports. */

import type { Model } from "../library/index";

export interface Settings {
  on: boolean;
  model: Model;
  /** Factor on the correction, 0 to 2. */
  strength: number;
  /** Whether to show the picture as received left of the divider. */
  compare: boolean;
  /** Position of the divider, 0 to 1 from the left. */
  at: number;
  /** Whether to switch to a smaller model if frames are late, and after the smallest to stop sharpening the video. */
  punctual: boolean;
}

export const DEFAULTS: Settings = { on: true, model: "balanced", strength: 1, compare: false, at: 0.5, punctual: true };

/** Whether two settings are the same; messages between parts of an extension change the order of keys. */
export const areSame = (one: Settings, other: Settings): boolean =>
  (Object.keys(DEFAULTS) as (keyof Settings)[]).every((key) => one[key] === other[key]);

/** The status of one frame of a page. `left`: the number of videos that are not sharpened, by reason. */
export interface Status {
  on: boolean;
  /** The settings in use. */
  settings: Settings;
  sharpened: number;
  /** The smallest model in use: the chosen one, or a smaller one if that is too slow. */
  model: Model;
  /** Milliseconds per frame of the slowest video, 0 if not known yet. */
  time: number;
  /** "webgpu" or "webgl2", and the device. */
  backend: string;
  /** The experts in use, one for each video. */
  experts: string[];
  left: Record<string, number>;
}

/** The functions of the content script that the worker calls in its isolated world. */
export interface Page {
  /** Applying the same settings again tries a model again that was too slow. */
  apply(settings: Settings): Promise<Status>;
  status(): Status;
}
