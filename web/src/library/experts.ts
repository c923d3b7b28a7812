/** The experts of one model, loaded when they are first wanted, and the router that chooses among them. */

import type { Device } from "./device";
import type { Models } from "./models";
import { type Network, readNetwork } from "./network";
import { type Choice, GENERAL, gains, readRouter } from "./router";
import { StreamRouter } from "./stream";
import type { StreamInfo } from "./streaminfo";
import { places, tilesOf } from "./tiles";

/** Instead of the name of an expert: the router chooses it. */
export const AUTO = "auto";
const ROUTER = "router"; // the name under which `Models` loads the router

export class Experts {
  private readonly files = new Map<string, Promise<Network>>();
  private isLooking = false;
  private isOwed = false; // a frame was to be measured while another still was

  private constructor(
    readonly models: Models,
    private readonly first: Choice,
  ) {}

  private stream: StreamRouter | undefined;

  /**
   * Loads the general expert and the router, or one expert alone.
   * @param set the name of an expert, or AUTO.
   * @throws Error if a file cannot be loaded, or is not one of Crispen's.
   */
  static async open(models: Models, set: string): Promise<Experts> {
    const isRouted = set === AUTO;
    const experts = new Experts(models, { expert: isRouted ? GENERAL : set, strength: 1 });
    const [file] = await Promise.all([isRouted ? models(ROUTER) : undefined, experts.network()]);
    if (file) experts.stream = new StreamRouter(readRouter(file), experts.first);
    return experts;
  }

  /** The expert and the strength for the next frame. */
  get choice(): Choice {
    return this.stream?.choice ?? this.first;
  }

  /** The network of an expert. @throws Error if its file cannot be loaded, or is not one of Crispen's. */
  network(expert: string = this.choice.expert): Promise<Network> {
    let network = this.files.get(expert);
    if (!network) {
      network = this.models(expert).then(readNetwork);
      this.files.set(expert, network);
      network.catch(() => this.files.delete(expert)); // it is tried again when it is wanted again
    }
    return network;
  }

  /** All networks that were loaded. */
  async loaded(): Promise<Network[]> {
    const all = await Promise.allSettled(this.files.values());
    return all.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  }

  /** Tells the router what is known of the stream, and whether its pictures are frames of a video. */
  inform(info: StreamInfo, isVideo: boolean): void {
    if (this.stream) Object.assign(this.stream, { info, isVideo });
  }

  /** The next frame begins another video. */
  restart(): void {
    this.stream?.restart();
  }

  /** Measures the frame that `device` has just drawn, if it is one of those to be measured. `choice` follows it. */
  async look(device: Device, width: number, height: number): Promise<void> {
    const { stream } = this;
    if (!stream) return;
    if (stream.isDue(width, height)) this.isOwed = true;
    if (!this.isOwed || this.isLooking) return;
    [this.isOwed, this.isLooking] = [false, true];
    try {
      const { video, info, isVideo } = stream;
      const at = places(width, height);
      const rgba = at.length ? await device.read(at).catch(() => undefined) : undefined; // the device may be lost
      if (rgba && video === stream.video) stream.measure(gains(stream.router, tilesOf(rgba, at), info, isVideo));
    } finally {
      this.isLooking = false;
    }
  }
}
