/** What the page carries about its pictures or videos. */

import { dataOf } from "../components/elements";

/** When the frames of a video begin and when the last one ends, in seconds. */
export interface Times {
  times: number[];
  end: number;
}

export interface Config {
  /** Width and height in pixels; smaller pictures are scaled to it. */
  size: [number, number];
  labels: [string, string, ...string[]];
  /** Empty for pictures. */
  videos: Times[];
}

export const config = dataOf<Config>("config");
