/**
 * For Vonage Video (OpenTok): `publisher.setVideoMediaProcessorConnector(new CrispenConnector())`, or with the package
 * @vonage/media-processor `new MediaProcessorConnector(new CrispenMediaProcessor())`.
 */

import { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";

export type { AdapterOptions };

/** A `MediaProcessorConnector`: makes a track of a track. */
export class CrispenConnector {
  private readonly source: Replaced;

  constructor(options?: AdapterOptions) {
    this.source = new Replaced(options);
  }

  /** @throws Error as `Sharpener.open`. */
  setTrack(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    return this.source.take(track);
  }

  destroy(): Promise<void> {
    return this.source.close();
  }
}

/** A `MediaProcessor`: from a stream of frames to a stream of frames. It works in a worker too. */
export class CrispenMediaProcessor {
  private readonly leave = new AbortController();

  constructor(private readonly options: AdapterOptions = {}) {}

  /** Resolves when frames flow. Frames that cannot be sharpened are passed on unchanged. @throws Error as `Sharpener.open`. */
  async transform(readable: ReadableStream, writable: WritableStream): Promise<void> {
    const sharpener = await Sharpener.open(this.options);
    sharpener.streamInfo = { codec: "none" };
    const sharpen = (frame: VideoFrame) => {
      try {
        return sharpener.frame(frame, this.options.size);
      } catch (error) {
        reportError(error); // it is larger than the device can draw
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
