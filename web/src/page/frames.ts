/** A callback for each new picture of a video that is shown, and how many came a second. */

export class Frames {
  private handle = 0;
  private video: HTMLVideoElement | undefined;
  private times: number[] = [];

  constructor(private readonly draw: () => void) {}

  /** Pictures a second over the last two seconds. */
  get rate(): number {
    const [first = 0, last = 0] = [this.times[0], this.times.at(-1)];
    return this.times.length > 1 ? (1000 * (this.times.length - 1)) / (last - first) : 0;
  }

  follow(video: HTMLVideoElement): void {
    this.stop();
    this.video = video;
    const next = (now: number) => {
      this.times = [...this.times.filter((time) => now - time < 2000), now];
      this.draw();
      this.handle = video.requestVideoFrameCallback(next);
    };
    this.handle = video.requestVideoFrameCallback(next);
    this.draw(); // it may stand still
  }

  stop(): void {
    this.video?.cancelVideoFrameCallback(this.handle);
    this.video = undefined;
    this.times = [];
  }
}
