/** Measures the time per frame. */

import type { Sharpener } from "./sharpener";

export interface Timing {
  device: string;
  backend: string;
  precision: string;
  width: number;
  height: number;
  /** Median over the frames, milliseconds. */
  frameTime: number;
  macsPerPixel: number;
  /** Multiply-accumulates per second, in 10^9. */
  gmacs: number;
}

/** Measures how long frames take until they are finished on the device. */
export class Clock {
  /** Whether a frame is not finished. */
  isRunning = false;
  private began = 0;
  private times: number[] = [];

  begin(): void {
    this.began = performance.now();
  }

  /** @returns milliseconds from `begin` until `finished`: the median of the last 60 frames. */
  async end(finished: Promise<void>): Promise<number> {
    this.isRunning = true;
    try {
      await finished;
      this.times = [...this.times.slice(-59), performance.now() - this.began];
      return median(this.times);
    } finally {
      this.isRunning = false;
    }
  }
}

/** Measures the time per frame for frames of noise, in five rounds. `draw` draws one. */
export async function measure(
  sharpener: Sharpener,
  draw: (picture: ImageBitmap) => void,
  width: number,
  height: number,
  frames: number,
): Promise<Timing> {
  const picture = await createImageBitmap(noise(width, height));
  const each = Math.ceil(frames / 5); // so that the wait at the end is shared by some frames
  const times: number[] = [];
  for (let round = 0; round <= Math.ceil(frames / each); round++) {
    const began = performance.now();
    for (let count = 0; count < each; count++) draw(picture);
    await sharpener.finished();
    if (round) times.push((performance.now() - began) / each); // the first round warms up
  }
  picture.close();
  const frameTime = median(times);
  const { backend, precision, gpu: device, macsPerPixel } = sharpener;
  const gmacs = (macsPerPixel * width * height) / frameTime / 1e6;
  return { device, backend, precision, width, height, frameTime, macsPerPixel, gmacs };
}

export function median(times: readonly number[]): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? 0;
}

function noise(width: number, height: number): ImageData {
  const picture = new ImageData(width, height);
  let state = 1;
  for (let at = 0; at < picture.data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    picture.data[at] = at % 4 === 3 ? 255 : state >>> 24;
  }
  return picture;
}
