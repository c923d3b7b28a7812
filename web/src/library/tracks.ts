/** The track that replaces another, and how it is made where there is no MediaStreamTrackProcessor. */

import type { Surface } from "./backend";
import { frameTrack } from "./frames";
import { type Size, sized } from "./size";

const LOOK = 200; // milliseconds between two looks at a track: one that is stopped sends no event

export interface TrackOptions {
  /** The size of the made track, or a function of the source's; by default the same. */
  size?: Size;
  /** The name of an expert, or "auto". By default the one in use. */
  expert?: string;
}

/** The parts of a Sharpener that make a track. */
interface Maker {
  readonly canvas: Surface;
  /** Sharpens one frame; undefined if it cannot be drawn. */
  frame(frame: VideoFrame): VideoFrame | undefined;
  /** Resolves when the frame before is finished. */
  ready(): Promise<void>;
  /** Draws the frames of a video on the canvas; returns a function that ends it. */
  attach(video: HTMLVideoElement): () => void;
  /** Called once if frames cannot be drawn. They are passed on unchanged. */
  fail(error: Error): void;
}

/** Makes a track of the sharpened video of `track`. @returns it, and a function that ends it. */
export function sharpTrack(
  track: MediaStreamTrack,
  size: Size | undefined,
  maker: Maker,
): [MediaStreamTrack, () => void] {
  let hasFailed = false;
  const sharpen = (frame: VideoFrame) => {
    try {
      return maker.frame(frame);
    } catch (error) {
      if (!hasFailed) maker.fail(error as Error);
      hasFailed = true;
      return undefined;
    }
  };
  const [made, end] =
    frameTrack(track, sharpen, () => maker.ready()) ??
    captureTrack(track, maker.canvas, (video) => maker.attach(video));
  describe(made, track, size);
  return [made, end];
}

/** Gives `made` the hint and the settings of `track`, as calls read them, with its own size. */
function describe(made: MediaStreamTrack, track: MediaStreamTrack, size: Size | undefined): void {
  made.contentHint = track.contentHint;
  made.getSettings = () => {
    const settings = track.getSettings();
    if (!settings.width || !settings.height) return settings;
    const [width, height] = sized(size, settings.width, settings.height);
    return { ...settings, width, height, aspectRatio: width / height };
  };
}

/**
 * Makes a track of what is drawn on `canvas`.
 * @param attach draws the frames of a video on it; returns a function that ends that.
 * @returns the track, and a function that ends it. It is called too when `track` or the made track is stopped.
 * @throws Error if the canvas is not one of a page.
 */
function captureTrack(
  track: MediaStreamTrack,
  canvas: Surface,
  attach: (video: HTMLVideoElement) => () => void,
): [MediaStreamTrack, () => void] {
  if (!("captureStream" in canvas)) {
    throw new Error("a track needs MediaStreamTrackProcessor, or a canvas of a page");
  }
  const [made] = canvas.captureStream().getVideoTracks();
  if (!made) throw new Error("the canvas gives no track");
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  video.srcObject = new MediaStream([track]);
  const detach = attach(video);
  const stop = made.stop.bind(made);
  const watch = setInterval(() => track.readyState === "ended" && end(), LOOK);
  const end = () => {
    clearInterval(watch);
    detach();
    stop();
    video.srcObject = null;
  };
  made.stop = end;
  video.play().catch(() => {}); // it ended before it began
  return [made, end];
}
