/** The receiving side of WebRTC: every remote video of a connection, or that of one receiver, sharpened. */

import { isLate } from "../components/pace";
import { AUTO } from "../library/experts";
import { MODELS, type Model, modelsOf } from "../library/models";
import type { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";
import type { Sharpened } from "./send";
import { type Received, received, streamInfo } from "./stats";

export type { AdapterOptions, Sharpened };

export interface ReceiveOptions extends AdapterOptions {
  /** Milliseconds between two looks at `getStats`. Default 3000. */
  every?: number;
  /** Whether to switch to a smaller model if frames are late, and after the smallest to stop. Default true. */
  punctual?: boolean;
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
 * Calls `show` with each remote video of `connection`, those that are there already included; and again, with `error` and the
 * received track, if this device is too slow.
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
    const tell = (how: Pick<RemoteVideo, "track" | "sharpener" | "error">) => {
      if (!signal.aborted) show({ received: track, receiver, streams, ...how });
    };
    const fail = (error: Error) => tell({ track, error });
    const made = sharpenReceiver(receiver, options, fail);
    all.set(receiver, made);
    await made.then(({ track, sharpener }) => tell({ track, sharpener }), fail);
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
 * @param onslow called if this device is too slow for the smallest model; the sharpened track ends then.
 * @throws Error as `Sharpener.open`.
 */
export async function sharpenReceiver(
  receiver: RTCRtpReceiver,
  options: ReceiveOptions = {},
  onslow: (error: Error) => void = () => {},
): Promise<Sharpened> {
  const { every = 3000, punctual = true, ...rest } = options;
  const source = new Replaced({ shared: true, ...rest }, {});
  const track = await source.take(receiver.track);
  const sharpener = await source.open();
  const smaller = smallerModels(rest);
  let before: Look | undefined;
  const look = async () => {
    if (receiver.track.readyState === "ended") return close();
    const stats = received(await receiver.getStats().catch(() => new Map()));
    if (!stats) return;
    const now = { stats, drawn: sharpener.stats.frames, time: performance.now() };
    const info = streamInfo(before?.stats, stats);
    if (info) sharpener.streamInfo = info;
    const last = before;
    before = now;
    if (!punctual || !last || !isSlow(last, now)) return;
    await slow();
    before = undefined; // the frames until the other model was ready do not count
  };
  const slow = async () => {
    const next = smaller.pop();
    if (next) return sharpener.use(rest.set ?? AUTO, modelsOf(next, rest.folder)).catch(() => {}); // the present one stays
    onslow(new Error("this device is too slow"));
    return close();
  };
  const timer = setInterval(look, every);
  const close = () => {
    clearInterval(timer);
    return source.close();
  };
  void look();
  return { track, sharpener, close };
}

/** One look at a video: what was received, and how many frames were drawn, so far. */
interface Look {
  readonly stats: Received;
  readonly drawn: number;
  /** Milliseconds. */
  readonly time: number;
}

function isSlow(before: Look, now: Look): boolean {
  if (globalThis.document?.hidden || before.stats.id !== now.stats.id) return false;
  return isLate(now.stats.frames - before.stats.frames, now.drawn - before.drawn, (now.time - before.time) / 1000);
}

/** The models that ship and are smaller than that of `options`, the smallest first. */
function smallerModels({ model = "balanced", models }: AdapterOptions): Model[] {
  return models ? [] : MODELS.slice(0, Math.max(0, MODELS.indexOf(model as Model)));
}
