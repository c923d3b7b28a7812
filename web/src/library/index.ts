/** Sharpens the soft, compressed video of a bad call in the browser. */

export type { Picture, Surface } from "./backend";
export { readNetwork, type Network } from "./network";
export { MODELS, modelsOf, type Model, type Models } from "./models";
export { MAX_STRENGTH, Sharpener, type Options, type Stats } from "./sharpener";
export type { Timing } from "./timing";
