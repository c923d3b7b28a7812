/** The receiving side of plain WebRTC and of what is built on it (mediasoup, Janus, ...): every remote video, sharpened. */

import type { Sharpener } from "../library/sharpener";
import { type AdapterOptions, Replaced } from "./replaced";
import { type Received, received, streamInfo } from "./stats";

export type { AdapterOptions };

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
 * Calls `show` with each remote video of `connection`, those that are there already included, and tells the router what
 * `getStats` knows of them: the codec and the bits per pixel.
 * @returns a function that ends all sharpened tracks and releases their devices. It is called too when the connection closes.
 */
export function receive(
  connection: RTCPeerConnection,
  show: (video: RemoteVideo) => void,
  options: ReceiveOptions = {},
): () => void {
  const { every = 3000, ...rest } = options;
  const open = new Map<RTCRtpReceiver, Remote>();

  const take = async (receiver: RTCRtpReceiver, streams: readonly MediaStream[]) => {
    const { track } = receiver;
    if (track.kind !== "video" || open.has(receiver)) return;
    const remote = new Remote(receiver, rest);
    open.set(receiver, remote);
    const common = { received: track, receiver, streams };
    try {
      const [made, sharpener] = await remote.open();
      if (open.get(receiver) === remote) show({ ...common, track: made, sharpener });
    } catch (error) {
      if (open.get(receiver) === remote) show({ ...common, track, error: error as Error });
    }
  };
  const came = ({ receiver, streams }: RTCTrackEvent) => void take(receiver, streams);
  const look = () => {
    if (connection.connectionState === "closed") return close();
    for (const [receiver, remote] of open) {
      if (receiver.track.readyState === "live") {
        void remote.look();
      } else {
        open.delete(receiver);
        remote.close();
      }
    }
  };
  const close = () => {
    clearInterval(timer);
    connection.removeEventListener("track", came);
    for (const remote of open.values()) remote.close();
    open.clear();
  };
  const timer = setInterval(look, every);
  connection.addEventListener("track", came);
  for (const { receiver, currentDirection } of connection.getTransceivers()) {
    if (currentDirection === "recvonly" || currentDirection === "sendrecv") void take(receiver, []);
  }
  return close;
}

/** The sharpened track of one receiver. */
class Remote {
  private readonly source: Replaced;
  private sharpener: Sharpener | undefined;
  private before: Received | undefined;

  constructor(
    private readonly receiver: RTCRtpReceiver,
    options: AdapterOptions,
  ) {
    this.source = new Replaced(options, {});
  }

  async open(): Promise<[MediaStreamTrack, Sharpener]> {
    const made = await this.source.take(this.receiver.track);
    this.sharpener = await this.source.open();
    void this.look();
    return [made, this.sharpener];
  }

  /** Tells the router what arrived since the last look. */
  async look(): Promise<void> {
    const now = received(await this.receiver.getStats().catch(() => new Map()));
    if (!now || !this.sharpener) return;
    const info = streamInfo(this.before, now);
    if (info) this.sharpener.streamInfo = info;
    this.before = now;
  }

  close(): void {
    void this.source.close();
  }
}
