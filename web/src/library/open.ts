/** Which backend, and why. */

import type { Backend, Surface } from "./backend";
import { openWebGl } from "./webgl";
import { openWebGpu } from "./webgpu";

export interface Wish {
  /** Default "auto": WebGPU, and WebGL2 where there is none or only one in software. */
  backend?: "auto" | "webgpu" | "webgl2";
  /** "f16" (default): half precision where the device has it. "f32": never. */
  precision?: "f16" | "f32";
}

/**
 * @returns the backend, and the reason for it in words.
 * @throws Error if what is wished for is not to be had.
 */
export async function openBackend(canvas: Surface, wish: Wish): Promise<[Backend, string]> {
  const { backend = "auto", precision = "f16" } = wish;
  const half = precision === "f16";
  if (backend !== "webgl2") {
    try {
      const device = await openWebGpu(canvas, { half, software: backend === "webgpu" });
      return [device, backend === "auto" ? "WebGPU is here" : "asked for"];
    } catch (error) {
      if (backend === "webgpu") throw error;
      return [openWebGl(canvas, half), (error as Error).message];
    }
  }
  return [openWebGl(canvas, half), "asked for"];
}
