/** Whether frames of a video are drawn in time. */

const PERIOD = 3000; // milliseconds of frames in one measurement
const FEW = 5; // frames in that time below which the measurement is not used
const ENOUGH = 20; // frames per second that are enough, for any number of frames received

export class Pace {
  private came = 0;
  private drawn = 0;
  private since = performance.now();

  /** Starts again: earlier frames are not counted. */
  reset(video: HTMLVideoElement, drawn: number): void {
    this.came = video.getVideoPlaybackQuality().totalVideoFrames;
    this.drawn = drawn;
    this.since = performance.now();
  }

  /**
   * @param drawn how many frames were drawn so far.
   * @returns every few seconds whether less than half of the received frames were drawn, and fewer than 20 per second;
   * undefined in between.
   */
  isLate(video: HTMLVideoElement, drawn: number): boolean | undefined {
    const seconds = (performance.now() - this.since) / 1000;
    if (seconds < PERIOD / 1000) return undefined;
    const came = video.getVideoPlaybackQuality().totalVideoFrames - this.came;
    const done = drawn - this.drawn;
    this.reset(video, drawn);
    return isLate(came, done, seconds);
  }
}

/** Whether less than half of the frames that `came` in so many seconds were drawn, and fewer than 20 per second. */
export function isLate(came: number, drawn: number, seconds: number): boolean {
  return came > FEW && drawn < came / 2 && drawn / seconds < ENOUGH;
}
