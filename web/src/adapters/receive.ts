/** The receiving side of WebRTC: every remote video of a connection, or that of one receiver, sharpened. */

import type { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";
import type { Sharpened } from "./send";
import { type Received, received, streamInfo } from "./stats";

export type { AdapterOptions, Sharpened };

export interface ReceiveOptions extends AdapterOptions {
  /** Milliseconds between two looks at `getStats`. Default 3000. */
  every?: number;
}

/** One remote video. */
export interface RemoteVideo {
  /** The sharpened track; the received one if `error` is set. */
  readonly track: MediaStreamTrack;
  readonly received: MediaStreamTrack;
  readonly receiver: RTCRtpReceiver;
  /** The streams that the sender put it in. Sound comes in tracks of its own, which are left alone. */
  readonly streams: readonly MediaStream[];
  readonly sharpener?: Sharpener;
  /** Why it cannot be sharpened. */
  readonly error?: Error;
}

/**
 * Calls `show` with each remote video of `connection`, those that are there already included.
 * @returns a function that ends all sharpened tracks and releases their devices.
 */
export function receive(
  connection: RTCPeerConnection,
  show: (video: RemoteVideo) => void,
  options?: ReceiveOptions,
): () => void {
  const all = new Map<RTCRtpReceiver, Promise<Sharpened>>();
  const leave = new AbortController();
  const { signal } = leave;

  const take = async (receiver: RTCRtpReceiver, streams: readonly MediaStream[]) => {
    const { track } = receiver;
    if (track.kind !== "video" || all.has(receiver)) return;
    const made = sharpenReceiver(receiver, options);
    all.set(receiver, made);
    const shown = await made.then(
      ({ track, sharpener }) => ({ track, sharpener }),
      (error: Error) => ({ track, error }),
    );
    if (!signal.aborted) show({ received: track, receiver, streams, ...shown });
  };

  connection.addEventListener("track", ({ receiver, streams }) => void take(receiver, streams), { signal });
  for (const { receiver, currentDirection } of connection.getTransceivers()) {
    if (currentDirection === "recvonly" || currentDirection === "sendrecv") void take(receiver, []);
  }
  return () => {
    leave.abort();
    for (const made of all.values()) {
      made.then(
        ({ close }) => close(),
        () => {}, // it was never open
      );
    }
  };
}

/**
 * Sharpens the video of one receiver, until `close` or the end of its track, and tells the router what `getStats` knows of it:
 * the codec and the bits per pixel.
 * @throws Error as `Sharpener.open`.
 */
export async function sharpenReceiver(receiver: RTCRtpReceiver, options: ReceiveOptions = {}): Promise<Sharpened> {
  const { every = 3000, ...rest } = options;
  const source = new Replaced(rest, {});
  const track = await source.take(receiver.track);
  const sharpener = await source.open();
  let before: Received | undefined;
  const look = async () => {
    if (receiver.track.readyState === "ended") return close();
    const now = received(await receiver.getStats().catch(() => new Map()));
    if (!now) return;
    const info = streamInfo(before, now);
    if (info) sharpener.streamInfo = info;
    before = now;
  };
  const timer = setInterval(look, every);
  const close = () => {
    clearInterval(timer);
    return source.close();
  };
  void look();
  return { track, sharpener, close };
}
