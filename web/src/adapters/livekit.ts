/** A `TrackProcessor` of LiveKit: `await localVideoTrack.setProcessor(new CrispenProcessor())`. */

import { type AdapterOptions, Replaced } from "./replaced";

export type { AdapterOptions };

export class CrispenProcessor {
  readonly name = "crispen";
  /** The sharpened track, from `init` to `destroy`. */
  processedTrack?: MediaStreamTrack;
  private readonly source: Replaced;

  constructor(options?: AdapterOptions) {
    this.source = new Replaced(options);
  }

  /** @throws Error as `Sharpener.open`. */
  async init({ track }: { track: MediaStreamTrack }): Promise<void> {
    this.processedTrack = await this.source.take(track);
  }

  /** LiveKit calls it with the track of another camera, or of the same one after a pause. */
  restart(options: { track: MediaStreamTrack }): Promise<void> {
    return this.init(options);
  }

  async destroy(): Promise<void> {
    delete this.processedTrack;
    await this.source.close();
  }
}
