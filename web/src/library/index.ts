/** Sharpens the soft, compressed video of a bad call in the browser. */

export type { OverlayOptions } from "../overlay/options";
export { Overlay, overlay } from "../overlay/overlay";
export type { Picture, Surface } from "./backend";
export { AUTO } from "./experts";
export { MODELS, type Model, type Models, modelsOf } from "./models";
export { type Network, readNetwork } from "./network";
export { MAX_STRENGTH, type Options, type Stats } from "./options";
export { type Choice, GENERAL } from "./router";
export { Sharpener } from "./sharpener";
export type { Size } from "./size";
export type { StreamInfo } from "./streaminfo";
export type { Timing } from "./timing";
export type { TrackOptions } from "./tracks";
