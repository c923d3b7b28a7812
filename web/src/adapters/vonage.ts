/**
 * For Vonage Video (OpenTok): `publisher.setVideoMediaProcessorConnector(new CrispenConnector())`, or with the package
 * @vonage/media-processor `new MediaProcessorConnector(new CrispenMediaProcessor())`.
 */

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
export { FrameSharpener as CrispenMediaProcessor } from "./streams";
