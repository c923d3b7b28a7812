import type { Backend, Picture, Surface } from "./backend";
import { isStill, newCanvas, sizeOf } from "./backend";
import { Chooser } from "./chooser";
import { Device } from "./device";
import { AUTO, Experts } from "./experts";
import { copied, eachFrame } from "./frames";
import { isShipped, type Models, modelsOf } from "./models";
import type { Network } from "./network";
import { openBackend } from "./open";
import { checkedStrength, type Options, type Stats } from "./options";
import { type Choice, GENERAL } from "./router";
import { type Size, sized } from "./size";
import type { StreamInfo } from "./streaminfo";
import { Clock, measure, type Timing } from "./timing";
import { sharpTrack, type TrackOptions } from "./tracks";

/**
 * Sharpens pictures and videos on one canvas.
 *
 * Events: "lost" (the device was lost; `detail` is the reason), "restored" (drawing works again; `detail` is the backend),
 * "choice" (frames are drawn with another expert or strength from now on; `detail` is the Choice) and "failed" (an expert
 * could not be loaded, and the present one stays, or a video could not be drawn and is no longer; `detail` is the reason).
 */
export class Sharpener extends EventTarget {
  readonly stats: Stats = { frames: 0, skipped: 0, frameTime: 0 };
  /** Called after each frame of a video or a track. */
  onstats: ((stats: Stats) => void) | undefined;
  /** Position of the divider, 0 to 1 of the width: left of it the picture is drawn unchanged. */
  split = 0;
  /**
   * What is known of the stream, such as its codec and bits per pixel from `getStats`; the router chooses better by it. Where
   * pictures are enlarged, the factor is known without it.
   */
  streamInfo: StreamInfo = {};
  private readonly clock = new Clock();
  private leave = new Set<() => void>();
  private readonly device: Device;
  private readonly chooser: Chooser;

  /** @param network the first choice of `experts`, loaded on `backend`. */
  private constructor(
    readonly canvas: Surface,
    backend: Backend,
    /** The reason for choosing this backend. */
    readonly reason: string,
    experts: Experts,
    network: Network,
    private readonly options: Options,
  ) {
    super();
    const tell = this.tell.bind(this);
    const wish = { ...options, backend: backend.name }; // the kind of context of a canvas cannot change
    const reopen = async () => (await openBackend(canvas, wish))[0];
    this.device = new Device(backend, network, reopen, tell);
    this.chooser = new Chooser(this.device, experts, tell);
  }

  private tell(what: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  /** Says that a video cannot be drawn; an error that no listener takes care of is reported as others are. */
  private fail(error: Error): void {
    const event = new CustomEvent("failed", { detail: error.message, cancelable: true });
    if (this.dispatchEvent(event)) reportError(error);
  }

  /**
   * Opens the device and the weights.
   * @throws Error if neither WebGPU nor WebGL2 is available, or the file is not a network of Crispen's.
   */
  static async open(options: Options = {}): Promise<Sharpener> {
    const canvas = options.canvas ?? newCanvas();
    const { model = "balanced" } = options;
    const models = options.models ?? modelsOf(model, options.folder);
    const factor = checkedStrength(options.strength ?? 1);
    const experts = await Experts.open(models, options.set ?? (options.models || isShipped(model) ? AUTO : GENERAL));
    const network = await experts.network();
    const [backend, why] = await openBackend(canvas, options);
    try {
      await backend.load(network);
    } catch (error) {
      backend.close(!options.canvas);
      throw error;
    }
    const made = new Sharpener(canvas, backend, why, experts, network, options);
    made.factor = factor;
    return made;
  }

  get backend(): "webgpu" | "webgl2" {
    return this.device.name;
  }

  /** Precision of the features between layers. */
  get precision(): "f16" | "f32" {
    return this.device.precision;
  }

  /** The name of the GPU, as far as the browser gives it. */
  get gpu(): string {
    return this.device.description;
  }

  get macsPerPixel(): number {
    return this.device.macsPerPixel;
  }

  /** Milliseconds until a frame is finished on the device: median of the last 60 frames. */
  get frameTime(): number {
    return this.stats.frameTime;
  }

  get strength(): number {
    return this.factor;
  }

  /** @throws RangeError outside 0 to 2. */
  set strength(value: number) {
    this.factor = checkedStrength(value);
  }

  /** The expert in use, and the strength that the router gives it, which is multiplied by `strength`. */
  get choice(): Choice {
    return this.chooser.choice;
  }

  /** Switches to another expert, or AUTO, once it is loaded. `models` replaces those given to `open`. */
  use(set: string, models?: Models): Promise<void> {
    return this.chooser.use(set, models);
  }

  /** The next picture is of another video: what the router learnt from the one before is forgotten. */
  restart(): void {
    this.chooser.restart();
  }

  /** Resolves when the router has decided on everything drawn so far, and its expert is in use. */
  settled(): Promise<void> {
    return this.chooser.settled();
  }

  /**
   * Draws one picture on the canvas, which takes the size of the picture, or `size`: the picture is then scaled first, as
   * the models for small streams expect. The caller still owns the picture and closes a VideoFrame. The router takes
   * it for the next frame of a video, except images and an ImageBitmap, and decides later, with the event "choice".
   * @returns false if it could not be drawn: the picture is empty, or the device is lost.
   * @throws RangeError if it is larger than the device can draw, Error if the page may not read the picture.
   */
  draw(picture: Picture, size?: Size): boolean {
    const [wide, high] = sizeOf(picture);
    const [width, height] = sized(size, wide, high);
    if (!this.render(picture, width, height, this.factor * this.choice.strength)) return false;
    this.stats.frames++;
    const enlarged = height > high ? { factor: height / high } : {};
    if (this.factor) this.chooser.drawn(width, height, { ...enlarged, ...this.streamInfo }, !isStill(picture));
    return true;
  }

  /** Draws with the network in use, without the router. @returns whether it could. */
  private render(picture: Picture, width: number, height: number, strength: number): boolean {
    return this.device.draw(picture, width, height, { strength, split: this.split });
  }

  /** Resolves when the device has finished everything drawn so far. */
  finished(): Promise<void> {
    return this.device.finished();
  }

  /**
   * Draws each frame of `video`, and skips those that arrive before the one before is finished. A video that cannot be drawn
   * ends it with the event "failed"; if no listener calls `preventDefault`, the error is reported to the window too.
   * @param size as for `draw`; a function is called for each frame.
   * @returns a function that ends it.
   */
  attach(video: HTMLVideoElement, size?: Size): () => void {
    this.restart();
    const restart = () => this.restart();
    video.addEventListener("emptied", restart); // before another source
    const failed = (error: Error) => {
      end();
      this.fail(error);
    };
    const stop = eachFrame(video, () => this.follow(video, size).catch(failed));
    const end = this.ending(() => {
      stop();
      video.removeEventListener("emptied", restart);
    });
    return end;
  }

  /**
   * Makes a track of the sharpened video of `track`, until either ends. The canvas shows it too.
   * With Chromium's MediaStreamTrackProcessor it keeps running in a hidden tab; in other browsers it captures the canvas,
   * which is not updated while the tab is hidden.
   */
  track(track: MediaStreamTrack, { size, expert }: TrackOptions = {}): MediaStreamTrack {
    this.restart();
    if (expert) this.use(expert).catch((error: Error) => this.fail(error));
    const [made, end] = sharpTrack(track, size, {
      canvas: this.canvas,
      frame: (frame) => this.frame(frame, size),
      ready: () => this.timed(),
      attach: (video) => this.attach(video, size),
      fail: (error) => this.fail(error),
    });
    track.addEventListener("ended", this.ending(end), { once: true });
    return made;
  }

  /** Sharpens one frame; the caller closes both. Undefined if it could not be drawn. `size`: as for `draw`. */
  frame(frame: VideoFrame, size?: Size): VideoFrame | undefined {
    this.clock.begin();
    if (!this.draw(frame, size)) return undefined;
    const { timestamp, duration } = frame;
    if (this.options.shared && this.backend === "webgl2") this.copy ??= new OffscreenCanvas(1, 1);
    const drawn = this.copy ? copied(this.canvas, this.copy) : this.canvas;
    return new VideoFrame(drawn, { timestamp, alpha: "discard", ...(duration === null ? {} : { duration }) });
  }

  /** Measures the time per frame of width x height on this device; draws on the canvas. */
  benchmark(width = 1280, height = 720, frames = 30): Promise<Timing> {
    return measure(this, (picture) => this.render(picture, width, height, 1), width, height, frames);
  }

  close(): void {
    for (const end of [...this.leave]) end();
    this.device.close(!this.options.canvas);
  }

  private factor = 1;
  private copy: OffscreenCanvas | undefined; // of the canvas, if that is one of a shared context

  private ending(end: () => void): () => void {
    const once = () => {
      if (this.leave.delete(once)) end();
    };
    this.leave.add(once);
    return once;
  }

  /** Draws a frame of a video, unless the one before is not finished. */
  private async follow(video: HTMLVideoElement, size?: Size): Promise<void> {
    if (this.clock.isRunning) {
      this.stats.skipped++;
      return;
    }
    this.clock.begin();
    if (this.draw(video, size)) await this.timed();
  }

  /** Waits for the last drawn frame, and records how long it took. */
  private async timed(): Promise<void> {
    if (!this.device.isReady) return;
    this.stats.frameTime = await this.clock.end(this.device.finished());
    this.onstats?.(this.stats);
  }
}
