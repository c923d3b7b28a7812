/** Chooses the backend. */

import type { Backend, Surface } from "./backend";
import { openWebGl } from "./webgl";
import { openWebGpu } from "./webgpu";

export interface Wish {
  /** "auto" (default): WebGPU, or WebGL2 if there is no WebGPU device or only a software one. */
  backend?: "auto" | "webgpu" | "webgl2";
  /** "f16" (default): half precision if the device supports it. "f32": always single precision. */
  precision?: "f16" | "f32";
  /**
   * WebGL2: draws in one context that all Sharpeners with this option share, and shows the result on the canvas as a bitmap.
   * Browsers allow about sixteen contexts in a page.
   */
  shared?: boolean;
}

/**
 * @returns the backend, and the reason for choosing it.
 * @throws Error if the wanted backend is not available.
 */
export async function openBackend(canvas: Surface, wish: Wish): Promise<[Backend, string]> {
  const { backend = "auto", precision = "f16", shared = false } = wish;
  const half = precision === "f16";
  if (backend !== "webgl2") {
    try {
      const device = await openWebGpu(canvas, { half, software: backend === "webgpu" });
      return [device, backend === "auto" ? "WebGPU is available" : "asked for"];
    } catch (error) {
      if (backend === "webgpu") throw error;
      return [openWebGl(canvas, half, shared), (error as Error).message];
    }
  }
  return [openWebGl(canvas, half, shared), "asked for"];
}
