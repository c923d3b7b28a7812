/** Sharpens the soft, compressed video of a bad call in the browser. */

export type { Picture, Surface } from "./backend";
export { MODELS, type Model, type Models, modelsOf } from "./models";
export { type Network, readNetwork } from "./network";
export { MAX_STRENGTH, type Options, Sharpener, type Stats } from "./sharpener";
export type { Timing } from "./timing";
