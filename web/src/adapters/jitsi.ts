/** An `IStreamEffect` of lib-jitsi-meet: `await localTrack.setEffect(await CrispenEffect.open())`. */

import type { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";

export type { AdapterOptions };

/** What is read of a `JitsiLocalTrack`. */
export interface JitsiTrack {
  isVideoTrack(): boolean;
  /** "camera" or "desktop". */
  readonly videoType?: string | null;
}

export class CrispenEffect {
  private constructor(
    private readonly source: Replaced,
    private readonly sharpener: Sharpener,
  ) {}

  /** Opens the device first, because Jitsi starts an effect without waiting. @throws Error as `Sharpener.open`. */
  static async open(options?: AdapterOptions): Promise<CrispenEffect> {
    const source = new Replaced(options);
    return new CrispenEffect(source, await source.open());
  }

  /** Cameras are sharpened; sound and shared screens are not. */
  isEnabled(track: JitsiTrack): boolean {
    return track.isVideoTrack() && track.videoType !== "desktop";
  }

  /** @returns a stream with the sharpened video of `stream` and its sound. */
  startEffect(stream: MediaStream): MediaStream {
    const [video] = stream.getVideoTracks();
    if (!video) return stream;
    return new MediaStream([this.source.takeNow(video, this.sharpener), ...stream.getAudioTracks()]);
  }

  /** It can be started again. */
  stopEffect(): void {
    this.source.end();
  }

  /** Releases the device, when the effect is no longer used. */
  close(): Promise<void> {
    return this.source.close();
  }
}
