/** What an overlay is made with, and why it may show nothing. */

import type { Model, Models } from "../library/models";
import type { Options } from "../library/options";
import type { StreamInfo } from "../library/streaminfo";

export interface OverlayOptions extends Pick<Options, "backend" | "precision" | "folder"> {
  /** Default "balanced". */
  model?: Model;
  /** Loads the files of a model; replaces `folder`. */
  models?: (model: Model) => Models;
  /** "auto" (default) or the name of an expert. */
  expert?: string;
  /** What is known of the stream, for the router. */
  streamInfo?: StreamInfo;
  /** Factor on the correction, 0 to 2. Default 1. */
  strength?: number;
  /** Whether to show the picture as received left of a divider, at `at` of the width, 0 to 1. Default false, 0.5. */
  compare?: boolean;
  at?: number;
  /** Whether to switch to a smaller model if frames are late, and after the smallest to stop. Default true. */
  punctual?: boolean;
}

/** The reason shown for a video that even the smallest model is too slow for. */
export const SLOW = "the graphics of this computer are too slow for it";
/** The reason shown for a video whose position could not be found. */
export const LOST = "its place on the page cannot be followed";
