/** The videos: one clock, that of the first; the others follow it. */

import { all, clamp, element } from "../components/elements";
import { config, type Times } from "./config";

const FAR = 0.3; // seconds of drift from which on a video jumps instead of running faster or slower
const NEAR = 0.008; // seconds of drift that are left alone
const PIECE = 1 << 20; // characters of base64 that are decoded at once

export class Player {
  private readonly videos: HTMLVideoElement[];
  private readonly clock: HTMLVideoElement;
  private readonly first: Times; // the frames of the clock
  private readonly button = element("play");
  private readonly loop = element("loop");
  private readonly bar = element<HTMLInputElement>("seek");
  private playing = false;
  private wanted: number | null = null; // time to go to once the videos are done going somewhere else

  /** `videos`: at least one, in the order of the page's data. */
  constructor(videos: HTMLVideoElement[]) {
    this.videos = videos;
    [this.clock, this.first] = [videos[0] as HTMLVideoElement, config.videos[0] as Times];
    videos.forEach((video, index) => {
      video.addEventListener("error", () => {
        say(`This browser cannot play the video ${config.labels[index]}: ${video.error?.message || "unknown format"}`);
      });
      video.addEventListener("seeked", () => this.go());
      const [script] = all<HTMLScriptElement>("script", video.parentElement as HTMLElement);
      if (script) video.src = URL.createObjectURL(blobOf(script));
    });
    this.clock.addEventListener("ended", () => this.ended());
    // Phones show no frame before the first seek.
    this.clock.addEventListener("loadedmetadata", () => this.now === 0 && this.seekFrameAt(0), { once: true });
    this.button.addEventListener("click", () => this.toggle());
    element("back").addEventListener("click", () => this.step(-1));
    element("forward").addEventListener("click", () => this.step(1));
    this.loop.addEventListener("click", () => this.loop.setAttribute("aria-pressed", String(!this.looped)));
    this.bar.max = String(this.first.end);
    this.bar.addEventListener("input", () => {
      const time = Number(this.bar.value);
      if (this.playing) this.seek(time);
      else this.seekFrameAt(time);
    });
    this.show();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Goes `count` frames on and stops there. */
  step(count: number): void {
    const frame = clamp(frameAt(this.now, this.first) + count, 0, this.first.times.length - 1);
    this.pause();
    this.seek(middleOf(frame, this.first));
  }

  seekFrameAt(time: number): void {
    this.seek(middleOf(frameAt(time, this.first), this.first));
  }

  private get now(): number {
    return this.wanted ?? this.clock.currentTime;
  }

  private get looped(): boolean {
    return this.loop.getAttribute("aria-pressed") === "true";
  }

  private seek(time: number): void {
    this.wanted = clamp(time, 0, this.first.end);
    this.go();
    this.show();
  }

  private go(): void {
    if (this.wanted === null || this.videos.some((video) => video.seeking)) return;
    const time = this.wanted;
    this.wanted = null;
    this.videos.forEach((video, index) => {
      const own = config.videos[index] as Times;
      video.currentTime = Math.min(time, middleOf(own.times.length - 1, own));
    });
  }

  private show(): void {
    const { times, end } = this.first;
    const time = Math.min(this.now, end);
    const frame = frameAt(time, this.first);
    const seconds = `${(times[frame] ?? 0).toFixed(2)} / ${end.toFixed(2)} s`;
    const place = `frame ${frame + 1} of ${times.length}`;
    element("seconds").textContent = seconds;
    element("frame").textContent = place;
    this.bar.value = String(time);
    this.bar.setAttribute("aria-valuetext", `${seconds}, ${place}`);
  }

  private setPlaying(playing: boolean): void {
    this.playing = playing;
    element("player").classList.toggle("playing", playing);
    this.button.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  private play(): void {
    if (this.clock.ended || frameAt(this.now, this.first) === this.first.times.length - 1) this.seek(0);
    this.setPlaying(true);
    for (const video of this.videos) {
      video.play().catch((error) => {
        // A video that is shorter than the first has ended and keeps its last frame; this is not a failure.
        if (video !== this.clock || !this.playing) return;
        this.setPlaying(false);
        say(String(error));
      });
    }
    requestAnimationFrame(() => this.follow());
  }

  private pause(): void {
    if (!this.playing) return;
    this.setPlaying(false);
    for (const video of this.videos) video.pause();
    this.seekFrameAt(this.now); // all on the same frame
  }

  private ended(): void {
    if (!this.playing) return;
    if (this.looped) {
      this.seek(0);
      this.play();
    } else {
      this.pause();
    }
  }

  /** Keeps the other videos on the clock's time, by small changes of their speed. */
  private follow(): void {
    if (!this.playing) return;
    this.videos.slice(1).forEach((video, index) => {
      const drift = video.currentTime - this.clock.currentTime;
      const { end } = config.videos[index + 1] as Times;
      if (video.seeking || this.clock.seeking || this.clock.currentTime >= end) return;
      let rate = 1;
      if (Math.abs(drift) > FAR) video.currentTime = this.clock.currentTime;
      else if (Math.abs(drift) > NEAR) rate = clamp(1 - 4 * drift, 0.75, 1.25);
      if (Math.abs(video.playbackRate - rate) > 0.01) video.playbackRate = rate;
      if (video.paused) video.play().catch(() => {}); // it had ended, and the clock went back
    });
    this.show();
    requestAnimationFrame(() => this.follow());
  }
}

function say(text: string): void {
  element("trouble").textContent = text;
  element("trouble").hidden = false;
}

/** The file that a script element holds as base64; phones do not play videos in data URLs. */
function blobOf(script: HTMLScriptElement): Blob {
  const text = script.textContent ?? "";
  const pieces: Uint8Array<ArrayBuffer>[] = []; // one string of a large video would be too much for a phone
  for (let start = 0; start < text.length; start += PIECE) {
    pieces.push(Uint8Array.from(atob(text.slice(start, start + PIECE)), (letter) => letter.charCodeAt(0)));
  }
  script.remove();
  return new Blob(pieces, { type: script.dataset.mime ?? "" });
}

/** The last frame that has begun at `time`. */
function frameAt(time: number, { times }: Times): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] ?? 0) <= time + 1e-4) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The time in the middle of a frame: going there shows that frame, however the browser rounds. */
function middleOf(frame: number, { times, end }: Times): number {
  return ((times[frame] ?? 0) + (times[frame + 1] ?? end)) / 2;
}
