/** The sending side: your own camera, sharpened before it is sent. */

import type { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";

export type { AdapterOptions };

export interface Sharpened {
  /** The sharpened track: for `addTrack`, `replaceTrack`, or a `<video>`. */
  readonly track: MediaStreamTrack;
  readonly sharpener: Sharpener;
  /** Ends the sharpened track, and releases the device. */
  close(): Promise<void>;
}

/** Sharpens a track. It goes on after `close`. @throws Error as `Sharpener.open`. */
export async function sharpened(track: MediaStreamTrack, options?: AdapterOptions): Promise<Sharpened> {
  const source = new Replaced(options);
  const sharpener = await source.open();
  return { track: source.takeNow(track, sharpener), sharpener, close: () => source.close() };
}

/**
 * Opens a camera and sharpens it. `close` closes both.
 * @param constraints as for `getUserMedia`.
 * @throws Error as `getUserMedia` or `Sharpener.open`; the camera is closed then.
 */
export async function camera(
  constraints: MediaTrackConstraints | true = true,
  options?: AdapterOptions,
): Promise<Sharpened> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: constraints });
  const [track] = stream.getVideoTracks() as [MediaStreamTrack];
  try {
    const made = await sharpened(track, options);
    const close = async () => {
      track.stop();
      await made.close();
    };
    return { ...made, close };
  } catch (error) {
    track.stop();
    throw error;
  }
}
