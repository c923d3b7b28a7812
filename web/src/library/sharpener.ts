import type { Backend, Look, Picture, Surface } from "./backend";
import { sizeOf } from "./backend";
import { Chooser } from "./chooser";
import { Device } from "./device";
import { AUTO, Experts } from "./experts";
import { frameTrack } from "./frames";
import { isShipped, type Models, modelsOf } from "./models";
import type { Network } from "./network";
import { openBackend, type Wish } from "./open";
import { type Choice, GENERAL } from "./router";
import { measure, median, type Timing } from "./timing";

/** The largest factor on the correction, as in Crispen's Python. */
export const MAX_STRENGTH = 2;

export interface Options extends Wish {
  /** "fast", "balanced" (default) or "best", from `folder`; or a file that `crispen export` wrote, as bytes or address. */
  model?: string | URL | ArrayBuffer;
  /** The address of the folder of MODEL-EXPERT.safetensors and MODEL-router.safetensors. Default: `models` beside the page. */
  folder?: string | URL;
  /** Loads the file of an expert by its name, and the router by the name "router"; replaces `model` and `folder`. */
  models?: Models;
  /** "auto" (default): the router chooses the expert and its strength. Otherwise the name of the expert. */
  set?: string;
  /** The canvas to draw on. Default: a new one. */
  canvas?: Surface;
  /** Factor on the correction, 0 to 2. Default 1. */
  strength?: number;
}

export interface Stats {
  /** Frames drawn, and frames skipped because the one before was not finished. */
  frames: number;
  skipped: number;
  /** Milliseconds until a frame is finished on the device: median of the last 60 frames. */
  frameTime: number;
}

/**
 * Sharpens pictures and videos on one canvas.
 *
 * Events: "lost" (the device was lost; `detail` is the reason), "restored" (drawing works again; `detail` is the backend),
 * "choice" (frames are drawn with another expert or strength from now on; `detail` is the Choice) and "failed" (an expert
 * could not be loaded, and the present one stays; `detail` is the reason).
 */
export class Sharpener extends EventTarget {
  readonly stats: Stats = { frames: 0, skipped: 0, frameTime: 0 };
  /** Called after each frame of a video or a track. */
  onstats: ((stats: Stats) => void) | undefined;
  /** Position of the divider, 0 to 1 of the width: left of it the picture is drawn unchanged. */
  split = 0;
  private times: number[] = [];
  private busy = false;
  private leave = new Set<() => void>();
  private readonly device: Device;
  private readonly chooser: Chooser;

  /** @param network the first choice of `experts`, loaded on `backend`. */
  private constructor(
    readonly canvas: Surface,
    backend: Backend,
    /** The reason for choosing this backend. */
    private readonly why: string,
    experts: Experts,
    network: Network,
    private readonly options: Options,
  ) {
    super();
    const tell = (what: string, detail: unknown) => this.dispatchEvent(new CustomEvent(what, { detail }));
    const wish = { ...options, backend: backend.name }; // the kind of context of a canvas cannot change
    const reopen = async () => (await openBackend(canvas, wish))[0];
    this.device = new Device(backend, network, reopen, tell);
    this.chooser = new Chooser(this.device, experts, tell);
  }

  /**
   * Opens the device and the weights.
   * @throws Error if neither WebGPU nor WebGL2 is available, or the file is not a network of Crispen's.
   */
  static async open(options: Options = {}): Promise<Sharpener> {
    const canvas = options.canvas ?? document.createElement("canvas");
    const { model = "balanced" } = options;
    const models = options.models ?? modelsOf(model, options.folder);
    const factor = checked(options.strength ?? 1);
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

  /** The reason for choosing this backend. */
  get reason(): string {
    return this.why;
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
    this.factor = checked(value);
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
   * the models for small streams expect. The caller still owns the picture and closes a VideoFrame. The router takes it for
   * the next frame of a video; its decision comes later, with the event "choice".
   * @returns false if it could not be drawn: the picture is empty, or the device is lost.
   */
  draw(picture: Picture, size?: readonly [number, number]): boolean {
    const [width, height] = (size ?? sizeOf(picture)).map(Math.round) as [number, number];
    if (!sizeOf(picture)[0] || !this.render(picture, width, height, this.factor * this.choice.strength)) return false;
    this.stats.frames++;
    if (this.factor) this.chooser.drawn(width, height);
    return true;
  }

  /** Draws with the network in use, without the router. @returns whether it could. */
  private render(picture: Picture, width: number, height: number, strength: number): boolean {
    if (!this.device.isReady || !width || !height) return false;
    const look: Look = { strength, split: this.split };
    this.device.draw(picture, width, height, look);
    return true;
  }

  /** Resolves when the device has finished everything drawn so far. */
  finished(): Promise<void> {
    return this.device.finished();
  }

  /**
   * Draws each frame of `video`, and skips those that arrive before the one before is finished.
   * @param size as for `draw`; called for each frame.
   * @returns a function that ends it.
   */
  attach(video: HTMLVideoElement, size?: () => readonly [number, number] | undefined): () => void {
    const restart = () => this.restart();
    restart();
    video.addEventListener("emptied", restart); // before another source
    let id = 0;
    const next = () => {
      void this.follow(video, size?.());
      id = video.requestVideoFrameCallback(next);
    };
    if (video.readyState >= 2) void this.follow(video, size?.()); // a paused video has no next frame
    id = video.requestVideoFrameCallback(next);
    return this.ending(() => {
      video.cancelVideoFrameCallback(id);
      video.removeEventListener("emptied", restart);
    });
  }

  /**
   * Makes a track of the sharpened video of `track`, until either ends. The canvas shows it too.
   * With Chromium's MediaStreamTrackProcessor it keeps running in a hidden tab; in other browsers it captures the canvas,
   * which is not updated while the tab is hidden.
   */
  track(track: MediaStreamTrack): MediaStreamTrack {
    this.restart();
    const framed = frameTrack(
      track,
      (frame) => this.frame(frame),
      () => this.timed(),
    );
    if (!framed) return this.captured(track);
    const [made, end] = framed;
    track.addEventListener("ended", this.ending(end), { once: true });
    return made;
  }

  /** Sharpens one frame; the caller closes both. Undefined if it could not be drawn. */
  frame(frame: VideoFrame): VideoFrame | undefined {
    this.began = performance.now();
    if (!this.draw(frame)) return undefined;
    const { timestamp, duration } = frame;
    return new VideoFrame(this.canvas, { timestamp, alpha: "discard", ...(duration === null ? {} : { duration }) });
  }

  private captured(track: MediaStreamTrack): MediaStreamTrack {
    const video = document.createElement("video");
    video.muted = video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    void video.play();
    const detach = this.attach(video);
    if (!("captureStream" in this.canvas)) throw new Error("a track needs a canvas of the page");
    const [made] = this.canvas.captureStream().getVideoTracks();
    if (!made) throw new Error("the canvas gives no track");
    const end = this.ending(() => {
      detach();
      made.stop();
      video.srcObject = null;
    });
    track.addEventListener("ended", end, { once: true });
    return made;
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
  private began = 0;

  private ending(end: () => void): () => void {
    const once = () => {
      if (this.leave.delete(once)) end();
    };
    this.leave.add(once);
    return once;
  }

  private async follow(video: HTMLVideoElement, size?: readonly [number, number]): Promise<void> {
    if (this.busy) {
      this.stats.skipped++;
      return;
    }
    this.began = performance.now();
    if (this.draw(video, size)) await this.timed();
  }

  /** Waits for the last drawn frame, and records how long it took. */
  private async timed(): Promise<void> {
    this.busy = true;
    try {
      if (!this.device.isReady) return;
      await this.device.finished();
      this.times = [...this.times.slice(-59), performance.now() - this.began];
      this.stats.frameTime = median(this.times);
      this.onstats?.(this.stats);
    } finally {
      this.busy = false;
    }
  }
}

function checked(strength: number): number {
  if (strength >= 0 && strength <= MAX_STRENGTH) return strength;
  throw new RangeError(`strength is 0 to ${MAX_STRENGTH}, not ${strength}`);
}
