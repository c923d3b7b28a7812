/** From a stream of frames to a stream of sharpened frames, on a page or in a worker. */

import { Sharpener } from "../library/sharpener";
import { type AdapterOptions, UNCOMPRESSED } from "./replaced";

export class FrameSharpener {
  private readonly leave = new AbortController();

  constructor(private readonly options: AdapterOptions = {}) {}

  /** Resolves when frames flow. Frames that cannot be sharpened are passed on unchanged. @throws Error as `Sharpener.open`. */
  async transform(readable: ReadableStream, writable: WritableStream): Promise<void> {
    const sharpener = await Sharpener.open(this.options);
    sharpener.streamInfo = this.options.streamInfo ?? UNCOMPRESSED;
    let hasFailed = false;
    const sharpen = (frame: VideoFrame) => {
      try {
        return sharpener.frame(frame, this.options.size);
      } catch (error) {
        if (!hasFailed) reportError(error); // it is larger than the device can draw
        hasFailed = true;
        return undefined;
      }
    };
    const transform = async (frame: VideoFrame, controller: TransformStreamDefaultController<VideoFrame>) => {
      const made = sharpen(frame);
      if (made) frame.close();
      await sharpener.finished();
      controller.enqueue(made ?? frame);
    };
    const { signal } = this.leave;
    readable
      .pipeThrough(new TransformStream({ transform }), { signal })
      .pipeTo(writable, { signal })
      .catch(() => {}) // the source or the sink ended
      .finally(() => sharpener.close());
  }

  async destroy(): Promise<void> {
    this.leave.abort();
  }
}
