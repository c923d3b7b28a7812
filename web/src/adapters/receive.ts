/** The receiving side of WebRTC: every remote video of a connection, or that of one receiver, sharpened. */

import { isLate } from "../components/pace";
import { AUTO } from "../library/experts";
import { MODELS, type Model, modelsOf } from "../library/models";
import type { Sharpener } from "../library/sharpener";
import { sized } from "../library/size";
import { type AdapterOptions, Replaced } from "./replaced";
import type { Sharpened } from "./send";
import { type Received, received, streamInfo } from "./stats";

export type { AdapterOptions, Sharpened };

/** `streamInfo` comes from `getStats`. */
export interface ReceiveOptions extends Omit<AdapterOptions, "streamInfo"> {
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
 * Calls `show` with each remote video of `connection`, those that are there already included; again, with `error` and the
 * received track, if this device is too slow; and again when the connection says that a video comes again.
 * @returns a function that ends all sharpened tracks and releases their devices.
 */
export function receive(
  connection: RTCPeerConnection,
  show: (video: RemoteVideo) => void,
  options?: ReceiveOptions,
): () => void {
  const all = new Map<RTCRtpReceiver, Promise<Sharpened>>();
  const streamsOf = new Map<RTCRtpReceiver, readonly MediaStream[]>();
  const leave = new AbortController();
  const { signal } = leave;

  const take = async (receiver: RTCRtpReceiver, streams: readonly MediaStream[]) => {
    const { track } = receiver;
    if (track.kind !== "video") return;
    streamsOf.set(receiver, streams);
    const known = await all.get(receiver)?.catch(() => undefined);
    if (known?.track.readyState === "ended") forget(receiver); // the page stopped it
    if (signal.aborted) return;
    const tell = (how: Pick<RemoteVideo, "track" | "sharpener" | "error">) => {
      if (!signal.aborted) show({ received: track, receiver, streams: streamsOf.get(receiver) ?? streams, ...how });
    };
    const fail = (error: Error) => {
      all.delete(receiver); // it is tried again when the video comes again
      tell({ track, error });
    };
    const made = all.get(receiver) ?? sharpenReceiver(receiver, options, fail);
    if (!all.has(receiver)) {
      all.set(receiver, made);
      track.addEventListener("ended", () => forget(receiver), { signal });
    }
    await made.then(({ track, sharpener }) => tell({ track, sharpener }), fail);
  };

  const forget = (receiver: RTCRtpReceiver) => {
    all.get(receiver)?.then(close, () => {});
    all.delete(receiver);
    streamsOf.delete(receiver);
  };

  connection.addEventListener("track", ({ receiver, streams }) => void take(receiver, streams), { signal });
  for (const { receiver, currentDirection } of connection.getTransceivers()) {
    if (currentDirection === "recvonly" || currentDirection === "sendrecv") void take(receiver, []);
  }
  return () => {
    leave.abort();
    for (const receiver of [...all.keys()]) forget(receiver);
  };
}

const close = (made: Sharpened) => made.close();

/**
 * Sharpens the video of one receiver, until `close` or the end of its track, and tells the router what `getStats` knows of it:
 * the codec, the bits per pixel and the factor.
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
  let isDisturbed = false; // since the look before the tab was hidden or shown, or another model was loaded
  const look = async () => {
    const stats = received(await receiver.getStats().catch(() => new Map()));
    if (!stats) return;
    const now = { stats, drawn: sharpener.stats.frames, time: performance.now() };
    const info = streamInfo(before?.stats, stats);
    const rows = sized(rest.size, stats.width, stats.height)[1];
    if (info) sharpener.streamInfo = { ...info, factor: rows / stats.height };
    const last = isDisturbed ? undefined : before;
    [before, isDisturbed] = [now, false];
    if (!punctual || !last || !isSlow(last, now)) return;
    await slow();
    isDisturbed = true;
  };
  const slow = async () => {
    const next = smaller.pop();
    if (next) return sharpener.use(rest.set ?? AUTO, modelsOf(next, rest.folder)).catch(() => {}); // the present one stays
    onslow(new Error("this device is too slow"));
    return close();
  };
  let isLooking = false; // the look before is not finished: it may be loading a model
  const next = async () => {
    if (receiver.track.readyState === "ended") return close();
    if (isLooking) return;
    isLooking = true;
    await look();
    isLooking = false;
  };
  const timer = setInterval(next, every);
  const leave = new AbortController();
  const disturb = () => {
    isDisturbed = true;
  };
  globalThis.document?.addEventListener("visibilitychange", disturb, { signal: leave.signal });
  const close = () => {
    clearInterval(timer);
    leave.abort();
    return source.close();
  };
  void next();
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
