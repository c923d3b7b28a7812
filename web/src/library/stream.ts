/** The router applied to a video: one choice for the whole stream, unless the degradation changes. */

import type { Choice, Router } from "./router";
import type { StreamInfo } from "./streaminfo";

const [EARLY, EVERY] = [4, 16]; // the router runs on each of the first frames, then on one in so many
const WEIGHT = 0.1; // of the newest gains in the running mean, once more than ten were measured
const MARGIN = 0.05; // dB by which another choice must be better than the present one

/**
 * The same as `StreamRouter` in Crispen's Python: the expected gains are averaged over the frames, and a choice stays until the
 * mean of another is better by 0.05 dB. A change of the frame size begins a new video.
 */
export class StreamRouter {
  /** What is known of the stream. */
  info: StreamInfo = {};
  /** Whether its pictures are frames of a video. */
  isVideo = true;
  /** Counts the videos. */
  video = 0;
  private size = "";
  private frames = 0;
  private measured = 0;
  private mean = new Float64Array();
  private best = -1; // index of the choice; -1 while no texture was found to measure

  /** @param first the choice while the router has not yet found texture to measure. */
  constructor(
    readonly router: Router,
    private readonly first: Choice,
  ) {}

  /** The next frame begins another video. */
  restart(): void {
    this.size = "";
  }

  /** Counts the next frame. @returns whether its gains are to be given to `measure`. */
  isDue(width: number, height: number): boolean {
    const size = `${width}x${height}`;
    if (size !== this.size) {
      [this.size, this.frames, this.measured, this.best] = [size, 0, 0, -1];
      this.video++;
    }
    const due = this.frames < EARLY || this.frames % EVERY === 0;
    this.frames++;
    return due;
  }

  get choice(): Choice {
    return this.router.choices[this.best] ?? this.first;
  }

  /** Takes in the gains of a frame; undefined if nothing could be measured. */
  measure(gains: Float32Array | undefined): void {
    if (!gains) return;
    this.measured++;
    const weight = Math.max(1 / this.measured, WEIGHT);
    const before = this.measured === 1 ? new Float64Array(gains.length) : this.mean;
    this.mean = before.map((mean, k) => (gains[k] as number) * weight + mean * (1 - weight));
    const most = this.mean.reduce((best, gain, k, all) => (gain > (all[best] as number) ? k : best), 0);
    if (this.measured === 1 || (this.mean[most] as number) > (this.mean[this.best] as number) + MARGIN) {
      this.best = most;
    }
  }
}
