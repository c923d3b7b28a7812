/** The cost of sharpening: the numbers beside the picture, and the notice that a computer is too slow. */

import { element } from "../components/elements";
import { Pace } from "../components/pace";
import { described, titled } from "../components/words";
import { MODELS, type Model, type Sharpener } from "../library/index";

const UNKNOWN = "–";
const IN_A_ROW = 2; // measurements in a row that are too slow before the page says so: the first may include the device's start

export class Facts {
  private readonly pace = new Pace();
  private readonly video = element<HTMLVideoElement>("video");
  private late = 0; // measurements in a row that were too slow
  private counted = { frames: 0, at: performance.now() };

  /** The model or the picture changed: earlier measurements are discarded. */
  reset(sharpener: Sharpener): void {
    this.late = 0;
    element("slow").hidden = true;
    this.pace.reset(this.video, sharpener.stats.frames);
  }

  /** What the model costs and where it runs. */
  showWork(sharpener: Sharpener, width: number, height: number): void {
    this.showExpert(sharpener);
    const macs = sharpener.macsPerPixel;
    element("work").textContent = `${((macs * width * height) / 1e9).toFixed(2)} GMAC`;
    element("work-note").textContent = `per frame; ${macs.toLocaleString("en")} MAC/pixel`;
    element("backend").textContent = sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2";
    element("gpu").textContent = `${sharpener.gpu}, ${sharpener.precision}`;
    element("gpu").title = `${sharpener.gpu} (${sharpener.reason})`;
  }

  /** Which expert the router chose. */
  showExpert(sharpener: Sharpener): void {
    element("expert").textContent = described(sharpener.choice);
  }

  /** `own`: the picture's width and height before it is enlarged. `moves`: whether it is a video that plays. */
  showTime(
    sharpener: Sharpener,
    size: readonly [number, number],
    own: readonly [number, number],
    moves: boolean,
  ): void {
    const time = sharpener.stats.frameTime;
    element("time").textContent = time ? milliseconds(time) : UNKNOWN;
    element("size").textContent = `${size[0]}×${size[1]}`;
    const [frames, now] = [this.video.getVideoPlaybackQuality().totalVideoFrames, performance.now()];
    const rate = Math.max(0, (1000 * (frames - this.counted.frames)) / (now - this.counted.at));
    this.counted = { frames, at: now };
    const enlarged = size[0] > own[0] ? `enlarged from ${own[0]}×${own[1]}` : "";
    element("rate").textContent = [moves ? `${rate.toFixed(0)} fps` : "not moving", enlarged]
      .filter(Boolean)
      .join(", ");
  }

  /** Says so if the computer is too slow for `model`, and offers the next smaller one. */
  showPace(sharpener: Sharpener, model: Model, moves: boolean): void {
    if (!moves || document.hidden) {
      this.pace.reset(this.video, sharpener.stats.frames);
      return;
    }
    const late = this.pace.isLate(this.video, sharpener.stats.frames);
    if (late === undefined) return;
    this.late = late ? this.late + 1 : 0;
    const smaller = MODELS[MODELS.indexOf(model) - 1];
    const time = sharpener.stats.frameTime ? ` (${milliseconds(sharpener.stats.frameTime)} per frame)` : "";
    const advice = smaller ? "" : " There is no smaller model; a GPU or a smaller picture would help.";
    element("slow").hidden = this.late < IN_A_ROW;
    element("slow-text").textContent =
      `${titled(model)} is too slow on this computer${time}: most frames are not sharpened.${advice}`;
    const button = element<HTMLButtonElement>("smaller");
    button.hidden = !smaller;
    button.value = smaller ?? "";
    button.textContent = `Use ${titled(smaller ?? "")}`;
  }
}

const milliseconds = (time: number) => `${time.toFixed(time < 100 ? 1 : 0)} ms`;
