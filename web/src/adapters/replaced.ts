/** The sharpened track of a source that call SDKs replace now and then: another camera, or the same one after a pause. */

import type { Options } from "../library/options";
import { Sharpener } from "../library/sharpener";
import type { Size } from "../library/size";
import type { StreamInfo } from "../library/streaminfo";

/** Those of `Sharpener.open`, the size of the sharpened video, and what is known of the source. */
export interface AdapterOptions extends Options {
  /** The size of the sharpened video, or a function of the source's; by default the same. */
  size?: Size;
  /** What is known of the video, for the router. Default: as that of an own camera, which was not compressed. */
  streamInfo?: StreamInfo;
}

/** What is known of the video of an own camera. */
export const UNCOMPRESSED: StreamInfo = { codec: "none" };

export class Replaced {
  private opened: Promise<Sharpener> | undefined;
  private made: MediaStreamTrack | undefined;
  private isClosed = false;

  /** @param info what is known of the video if `options` do not say it. */
  constructor(
    private readonly options: AdapterOptions = {},
    private readonly info: StreamInfo = UNCOMPRESSED,
  ) {}

  /** Opens the Sharpener if none is open. @throws Error as `Sharpener.open`; the next call tries again. */
  open(): Promise<Sharpener> {
    this.isClosed = false;
    if (!this.opened) {
      const { streamInfo = this.info } = this.options;
      const opened = Sharpener.open(this.options).then((made) => Object.assign(made, { streamInfo }));
      this.opened = opened;
      opened.catch(() => {
        if (this.opened === opened) this.opened = undefined;
      });
    }
    return this.opened;
  }

  /** The sharpened track of `track`, which takes the place of the one before. @throws Error as `open`, or after `close`. */
  async take(track: MediaStreamTrack): Promise<MediaStreamTrack> {
    const sharpener = await this.open();
    if (this.isClosed) throw new Error("close() was called before the device was open");
    return this.takeNow(track, sharpener);
  }

  /** As `take`, with a Sharpener that is open. */
  takeNow(track: MediaStreamTrack, sharpener: Sharpener): MediaStreamTrack {
    this.end();
    this.made = sharpener.track(track, this.options.size ? { size: this.options.size } : {});
    return this.made;
  }

  /** Ends the sharpened track. The source goes on. */
  end(): void {
    this.made?.stop();
    this.made = undefined;
  }

  /** Ends the sharpened track, and releases the device. */
  async close(): Promise<void> {
    const { opened } = this;
    this.isClosed = true;
    this.opened = undefined;
    this.end();
    await opened?.then(
      (sharpener) => sharpener.close(),
      () => {}, // it was never open
    );
  }
}
