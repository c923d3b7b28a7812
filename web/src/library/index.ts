/** Sharpens the soft, compressed video of a bad call in the browser. */

export type { Picture, Surface } from "./backend";
export { AUTO } from "./experts";
export { MODELS, type Model, type Models, modelsOf } from "./models";
export { type Network, readNetwork } from "./network";
export { type Choice, GENERAL } from "./router";
export { MAX_STRENGTH, type Options, Sharpener, type Stats } from "./sharpener";
export type { Timing } from "./timing";
