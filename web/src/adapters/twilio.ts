/**
 * A `VideoProcessor` of Twilio Video, for a local or a remote track:
 * `track.addProcessor(await CrispenProcessor.open(), { inputFrameBufferType: "videoframe" })`.
 */

import { type Picture, sizeOf } from "../library/backend";
import type { Options } from "../library/options";
import { Sharpener } from "../library/sharpener";

/** Twilio fixes the size of the output. */
export type { Options };

export class CrispenProcessor {
  private hasFailed = false;

  private constructor(readonly sharpener: Sharpener) {}

  /** @throws Error as `Sharpener.open`. */
  static async open(options?: Options): Promise<CrispenProcessor> {
    return new CrispenProcessor(await Sharpener.open(options));
  }

  /**
   * Draws the sharpened frame on `output`, or the frame itself if it cannot be sharpened now. Resolves when it is drawn.
   * Twilio does not close a VideoFrame, so this does.
   */
  async processFrame(
    input: OffscreenCanvas | HTMLCanvasElement | HTMLVideoElement | VideoFrame,
    output: HTMLCanvasElement,
  ): Promise<void> {
    try {
      if (!sizeOf(input)[0]) return; // a video that has no frame yet
      const isSharp = this.sharpen(input, [output.width, output.height]);
      // In the same task: the content of a canvas is gone once it is shown.
      output.getContext("2d")?.drawImage(isSharp ? this.sharpener.canvas : input, 0, 0, output.width, output.height);
      if (isSharp) await this.sharpener.finished(); // Twilio gives the next frame then
    } finally {
      if ("close" in input) input.close();
    }
  }

  /** @returns whether it could. An error is reported once. */
  private sharpen(input: Picture, size: [number, number]): boolean {
    try {
      return this.sharpener.draw(input, size);
    } catch (error) {
      if (!this.hasFailed) reportError(error); // it is larger than the device can draw
      this.hasFailed = true;
      return false;
    }
  }

  /** Releases the device. Call `removeProcessor` before. */
  close(): void {
    this.sharpener.close();
  }
}
