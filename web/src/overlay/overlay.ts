/** One video of a page and the sharpened picture over it. */

import { Pace } from "../components/pace";
import { sizeFor } from "../components/size";
import { described } from "../components/words";
import { AUTO } from "../library/experts";
import { MODELS, type Model, type Models, modelsOf } from "../library/models";
import { Sharpener } from "../library/sharpener";
import { madeBox } from "./box";
import { magnification } from "./fit";
import { uncover } from "./layer";
import { mirrored } from "./mirrored";
import { type OverlayOptions, SLOW } from "./options";
import { Placement } from "./placement";
import { eachScreen } from "./screen";

const CONTROLS = 84; // CSS pixels at the bottom that the browser's own controls take
const LOOK = 500; // milliseconds between two looks at whether frames are late

const PATIENCE = 20; // attempts in a row to find the place of a video
/**
 * Shows a sharpened picture over `video`, until `close`. It follows the video's position, size, cropping and full screen.
 * The event "change" says that `trouble`, `model` or `expert` may be another.
 */
export class Overlay extends EventTarget {
  /** Why this video cannot be sharpened; empty if it can. */
  trouble = "";
  /** The model in use: the chosen one, or a smaller one. */
  model: Model;
  private readonly box = madeBox();
  private readonly placement: Placement;
  private sharpener: Sharpener | undefined;
  private readonly pace = new Pace();
  private pointer: number | undefined; // its position over the video, 0 to 1 of the width on the screen
  private readonly leave = new AbortController();
  private detach = () => {};
  private lost = 0; // attempts in a row that did not find the place of the video
  private isPlain = false; // whether it is not enlarged because that was too slow
  private seen = 0; // frames drawn when it was placed last
  private loading = 0; // models that are being loaded

  constructor(
    readonly video: HTMLVideoElement,
    private options: OverlayOptions = {},
  ) {
    super();
    const { signal } = this.leave;
    this.model = options.model ?? "balanced";
    this.placement = new Placement(this.box.root, this.box.canvas, video);
    video.addEventListener("emptied", () => this.hide(), { signal }); // before another stream
    video.addEventListener("resize", () => this.place(), { signal });
    for (const event of ["pause", "play", "seeked"]) video.addEventListener(event, () => this.still(), { signal });
    video.addEventListener("encrypted", () => this.fail("protected"), { signal });
    void this.open();
    const timer = setInterval(() => this.look(), LOOK);
    signal.addEventListener("abort", () => clearInterval(timer));
    eachScreen(() => this.follow(), signal);
  }

  /** Whether the box cannot be placed over the video, and nothing is shown. */
  get isLost(): boolean {
    return this.lost > PATIENCE;
  }

  /** Milliseconds per frame, 0 if not known yet. */
  get time(): number {
    return this.sharpener?.stats.frameTime ?? 0;
  }

  get backend(): string {
    const { sharpener } = this;
    return sharpener
      ? `${this.model} on ${sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2"}, ${sharpener.gpu}`
      : "";
  }

  /** The expert that the router chose for this video, in words; "" while nothing runs. */
  get expert(): string {
    return this.sharpener ? described(this.sharpener.choice) : "";
  }

  /** Changes the given options; the others stay. A model that is given is tried again if it was too slow. */
  set(options: OverlayOptions): void {
    this.options = { ...this.options, ...options };
    const { strength = 1, streamInfo = {} } = this.options;
    if (this.sharpener) Object.assign(this.sharpener, { strength, streamInfo });
    if (options.model || options.expert) this.take(this.options.model ?? this.model);
    if (options.model) this.isPlain = false;
    if (options.model && this.trouble === SLOW) {
      this.trouble = "";
      this.attach();
    }
    this.still();
  }

  /** Moves the divider to a pointer over this video. `x`, `y`: in the window. `wanted`: whether there is to be a divider. */
  point(x: number, y: number, wanted: boolean): void {
    const box = this.video.getBoundingClientRect();
    const over = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;
    const at = over && wanted ? (x - box.left) / box.width : undefined;
    if (at === this.pointer) return;
    this.pointer = at;
    this.place();
  }

  /** Places the sharpened picture over the present position of the video, and the divider in it. */
  place(): void {
    if (this.leave.signal.aborted || !this.sharpener) return;
    this.seen = this.sharpener.stats.frames;
    const drawn = this.seen > 0 && this.video.readyState >= 2;
    const where = drawn && !this.trouble ? this.placement.place() : "none";
    this.lost = where === "lost" ? this.lost + 1 : 0;
    if (where !== "over") {
      this.hide();
      return;
    }
    const compared = this.options.compare || this.pointer !== undefined;
    const at = compared ? (this.pointer ?? this.options.at ?? 0.5) : 0;
    const hasControls = this.video.controls && (this.video.paused || this.video.matches(":hover, :focus"));
    this.box.show(at, mirrored(this.video), hasControls ? CONTROLS : 0);
  }

  close(): void {
    this.leave.abort();
    this.sharpener?.close();
    uncover(this.box.root);
  }

  private async open(): Promise<void> {
    try {
      const { strength = 1, backend = "auto", precision = "f16", expert = AUTO } = this.options;
      const { canvas } = this.box;
      const { model } = this;
      const models = this.files(model);
      const sharpener = await Sharpener.open({
        models,
        canvas,
        strength,
        backend,
        precision,
        set: expert,
        shared: true,
      });
      if (this.leave.signal.aborted) return sharpener.close();
      this.sharpener = sharpener;
      sharpener.addEventListener("lost", () => this.hide());
      sharpener.addEventListener("choice", () => {
        this.still();
        this.tell();
      });
      sharpener.addEventListener("failed", (event) => {
        if (!event.cancelable) return; // an expert could not be loaded, and the one before stays
        event.preventDefault();
        this.fail((event as CustomEvent<string>).detail);
      });
      sharpener.streamInfo = this.options.streamInfo ?? {};
      this.attach();
      this.set({});
      // They may have been changed while it was opened.
      if (this.model !== model || (this.options.expert ?? AUTO) !== expert) this.take(this.model);
      this.tell();
    } catch (error) {
      this.fail(`it could not be opened (${(error as Error).message})`);
    }
  }

  private attach(): void {
    if (this.sharpener) this.detach = this.sharpener.attach(this.video, () => this.wanted());
    this.pace.reset(this.video, this.sharpener?.stats.frames ?? 0);
  }

  private files(model: Model): Models {
    return this.options.models?.(model) ?? modelsOf(model, this.options.folder);
  }

  /** Places the box again if the video moved, or a frame came. */
  private follow(): void {
    const { frames } = this.sharpener?.stats ?? { frames: 0 };
    if (frames !== this.seen || (this.box.isShown && this.placement.isOff)) this.place();
  }

  /** If frames come too late: a smaller model, after the smallest no enlarging, which takes a quarter of the time, then none. */
  private look(): void {
    this.place();
    if (!this.sharpener || this.trouble || this.options.punctual === false) return;
    const { frames } = this.sharpener.stats;
    if (document.hidden || this.loading) this.pace.reset(this.video, frames); // these frames do not count
    if (!this.pace.isLate(this.video, frames)) return;
    const smaller = MODELS[MODELS.indexOf(this.model) - 1];
    const isEnlarged = this.wanted()[0] > this.video.videoWidth;
    if (smaller) this.take(smaller);
    else if (isEnlarged) this.isPlain = true;
    else this.fail(SLOW);
  }

  private wanted(): [number, number] {
    return sizeFor(this.video.videoWidth, this.video.videoHeight, this.isPlain ? 1 : magnification(this.video));
  }

  private take(model: Model): void {
    this.model = model;
    if (this.sharpener) void this.load(this.sharpener);
    this.tell();
  }

  /** Loads the model and the expert. Lateness is not measured until then. */
  private async load(sharpener: Sharpener): Promise<void> {
    this.loading++;
    try {
      await sharpener.use(this.options.expert ?? AUTO, this.files(this.model));
      this.still();
    } catch (error) {
      this.fail((error as Error).message);
    }
    this.loading--;
    this.pace.reset(this.video, sharpener.stats.frames);
  }

  /** Draws the present frame of a paused video, which has no next one. */
  private still(): void {
    if (this.video.paused && this.video.readyState >= 2) this.sharpener?.draw(this.video, this.wanted());
    this.place();
  }

  private fail(why: string): void {
    this.trouble = why;
    this.detach();
    this.hide();
    this.tell();
  }

  private hide(): void {
    this.box.hide();
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}

/** Shows a sharpened picture over `video`, until the overlay's `close`. */
export const overlay = (video: HTMLVideoElement, options?: OverlayOptions): Overlay => new Overlay(video, options);
