import type { Backend, Look, Picture, Surface } from "./backend";
import { sizeOf } from "./backend";
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
  private closed = false;
  private leave = new Set<() => void>();
  private uses = 0;
  private loading: Promise<void> = Promise.resolve();
  private looks: Promise<void> = Promise.resolve();
  private chosen: Choice;

  private constructor(
    readonly canvas: Surface,
    private device: Backend,
    /** The reason for choosing this backend. */
    private why: string,
    private network: Network,
    private experts: Experts,
    private options: Options,
  ) {
    super();
    this.chosen = experts.choice;
    this.watch();
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
    const [device, why] = await openBackend(canvas, options);
    try {
      await device.load(network);
    } catch (error) {
      device.close(!options.canvas);
      throw error;
    }
    const made = new Sharpener(canvas, device, why, network, experts, options);
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
    return this.device.device;
  }

  get macsPerPixel(): number {
    return this.network.macsPerPixel;
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
    return this.chosen;
  }

  /** Switches to another expert, or AUTO, once it is loaded. `models` replaces those given to `open`. */
  async use(set: string, models: Models = this.experts.models): Promise<void> {
    const turn = ++this.uses;
    const experts = await Experts.open(models, set);
    const [choice, network] = [experts.choice, await experts.network()];
    return this.change(async () => {
      if (turn !== this.uses) return; // another expert was requested meanwhile
      const before = await this.experts.loaded();
      this.experts = experts;
      await this.take(choice, network);
      for (const each of before) this.device.release(each);
    });
  }

  /** The next picture is of another video: what the router learnt from the one before is forgotten. */
  restart(): void {
    this.experts.restart();
  }

  /** Resolves when the router has decided on everything drawn so far, and its expert is in use. */
  async settled(): Promise<void> {
    await this.looks;
  }

  /**
   * Draws one picture on the canvas, which takes the size of the picture, or `size`: the picture is then scaled first, as
   * the models for small streams expect. The caller still owns the picture and closes a VideoFrame. The router takes it for
   * the next frame of a video; its decision comes later, with the event "choice".
   * @returns false if it could not be drawn: the picture is empty, or the device is lost.
   */
  draw(picture: Picture, size?: readonly [number, number]): boolean {
    const [width, height] = (size ?? sizeOf(picture)).map(Math.round) as [number, number];
    if (!sizeOf(picture)[0] || !this.render(picture, width, height, this.factor * this.chosen.strength)) return false;
    this.stats.frames++;
    if (this.factor) this.looks = Promise.all([this.looks, this.consult(width, height)]).then(() => {});
    return true;
  }

  /** Draws with the network in use, without the router. @returns whether it could. */
  private render(picture: Picture, width: number, height: number, strength: number): boolean {
    if (this.closed || this.away || !width || !height) return false;
    const look: Look = { strength, split: this.split };
    this.device.draw(picture, width, height, look);
    return true;
  }

  /** Lets the router measure what was drawn, and follows its choice. */
  private async consult(width: number, height: number): Promise<void> {
    const { experts } = this;
    try {
      await experts.look(this.device, width, height);
      const { choice } = experts;
      if (choice === this.chosen || experts !== this.experts) return;
      const network = choice.strength ? await experts.network(choice.expert) : undefined; // at 0 any will do
      await this.change(async () => {
        if (experts === this.experts && choice === experts.choice) await this.take(choice, network ?? this.network);
      });
    } catch (error) {
      this.dispatchEvent(new CustomEvent("failed", { detail: (error as Error).message }));
    }
  }

  /** Runs changes of the network one after the other. */
  private change(work: () => Promise<void>): Promise<void> {
    this.loading = this.loading
      .catch(() => {})
      .then(async () => {
        if (!this.closed) await work();
      });
    return this.loading;
  }

  private async take(choice: Choice, network: Network): Promise<void> {
    this.network = network;
    if (!this.away) await this.device.load(network); // otherwise the next device loads it
    if (choice === this.chosen) return;
    this.chosen = choice;
    this.dispatchEvent(new CustomEvent("choice", { detail: choice }));
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
    this.closed = true;
    this.device.close(!this.options.canvas);
  }

  private away = false;
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
      if (this.closed || this.away) return;
      await this.device.finished();
      this.times = [...this.times.slice(-59), performance.now() - this.began];
      this.stats.frameTime = median(this.times);
      this.onstats?.(this.stats);
    } finally {
      this.busy = false;
    }
  }

  /** Reopens the device after it is lost, with growing pauses, until `close`. */
  private watch(): void {
    void this.device.lost.then(async (why) => {
      if (this.closed) return;
      this.away = true;
      this.dispatchEvent(new CustomEvent("lost", { detail: why }));
      const name = this.device.name; // the kind of context of a canvas cannot change
      for (let pause = 50; !this.closed; pause = Math.min(2 * pause, 5000)) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        try {
          const [device] = await openBackend(this.canvas, { ...this.options, backend: name });
          let network: Network | undefined;
          while (network !== this.network) {
            network = this.network; // `use` may change it meanwhile
            await device.load(network);
          }
          this.device = device;
          break;
        } catch {
          // The device is not back yet.
        }
      }
      if (this.closed) return;
      this.away = false;
      this.watch();
      this.dispatchEvent(new CustomEvent("restored", { detail: this.device.name }));
    });
  }
}

function checked(strength: number): number {
  if (strength >= 0 && strength <= MAX_STRENGTH) return strength;
  throw new RangeError(`strength is 0 to ${MAX_STRENGTH}, not ${strength}`);
}
