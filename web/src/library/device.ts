/** A backend that is reopened after it is lost. */

import { type Backend, type Look, type Picture, sizeOf } from "./backend";
import type { Network } from "./network";
import type { Place } from "./tiles";

/** Says that the backend was "lost", with the reason, or "restored", with its name. */
export type Tell = (what: "lost" | "restored", detail: string) => void;

const TAINTED =
  "the page may not read this picture, which is of another site; its server must allow it (CORS), and the element needs " +
  "the attribute crossorigin";

export class Device {
  private isAway = false;
  private isClosed = false;
  private releasesCanvas = false;

  /**
   * @param network loaded on `backend`; drawn with until another is loaded.
   * @param reopen opens a backend of the same kind on the same canvas.
   */
  constructor(
    private backend: Backend,
    private network: Network,
    private readonly reopen: () => Promise<Backend>,
    private readonly tell: Tell,
  ) {
    this.watch();
  }

  get name(): "webgpu" | "webgl2" {
    return this.backend.name;
  }

  get precision(): "f16" | "f32" {
    return this.backend.precision;
  }

  get description(): string {
    return this.backend.device;
  }

  get macsPerPixel(): number {
    return this.network.macsPerPixel;
  }

  /** Whether pictures can be drawn: it is neither lost nor closed. */
  get isReady(): boolean {
    return !this.isAway && !this.isClosed;
  }

  /** Draws with `network` from when it resolves on; while the backend is lost, from when it is restored on. */
  async load(network: Network): Promise<void> {
    this.network = network;
    if (this.isReady) await this.backend.load(network);
  }

  release(network: Network): void {
    this.backend.release(network);
  }

  /**
   * Draws `picture`, scaled to width x height.
   * @returns false if it is empty, or the device is lost or closed.
   * @throws RangeError if it is larger than the device can draw, Error if the page may not read it.
   */
  draw(picture: Picture, width: number, height: number, look: Look): boolean {
    const [ownWidth, ownHeight] = sizeOf(picture);
    if (!this.isReady || !ownWidth || !width || !height) return false;
    const longest = Math.max(ownWidth, ownHeight, width, height);
    const { largest } = this.backend;
    if (longest > largest) throw new RangeError(`${longest} pixels are more than this device can draw: ${largest}`);
    try {
      this.backend.draw(picture, width, height, look);
    } catch (error) {
      throw (error as Error).name === "SecurityError" ? new Error(TAINTED) : error;
    }
    return true;
  }

  read(places: readonly Place[]): Promise<Uint8Array> {
    return this.backend.read(places);
  }

  finished(): Promise<void> {
    return this.backend.finished();
  }

  /** `canvas`: releases the context of the canvas too. */
  close(canvas: boolean): void {
    this.isClosed = true;
    this.releasesCanvas = canvas;
    this.backend.close(canvas);
  }

  /** Reopens the backend after it is lost, with growing pauses, until `close`. */
  private watch(): void {
    void this.backend.lost.then(async (why) => {
      if (this.isClosed) return;
      this.isAway = true;
      this.tell("lost", why);
      for (let pause = 50; !this.isClosed; pause = Math.min(2 * pause, 5000)) {
        await new Promise((resolve) => setTimeout(resolve, pause));
        try {
          const backend = await this.reopen();
          if (this.isClosed) return backend.close(this.releasesCanvas);
          let network: Network | undefined;
          while (network !== this.network) {
            network = this.network; // `load` may change it meanwhile
            await backend.load(network);
          }
          if (this.isClosed) return backend.close(this.releasesCanvas);
          this.backend = backend;
          break;
        } catch {
          // It is not back yet.
        }
      }
      if (this.isClosed) return;
      this.isAway = false;
      this.watch();
      this.tell("restored", this.backend.name);
    });
  }
}
