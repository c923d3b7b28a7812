/** The frames of a video, and those of a track without a video element, which keeps running in a hidden tab. */

import type { Surface } from "./backend";

// Not in TypeScript's own declarations: https://www.w3.org/TR/mediacapture-transform/. Chromium has MediaStreamTrackGenerator
// on the page; the standard, which Safari follows, has VideoTrackGenerator instead, and both classes only in workers.
interface Processor {
  readonly readable: ReadableStream<VideoFrame>;
}
interface Generator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
interface Breakout {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => Processor;
  MediaStreamTrackGenerator?: new (init: { kind: "video" }) => Generator;
  VideoTrackGenerator?: new () => { readonly track: MediaStreamTrack; readonly writable: WritableStream<VideoFrame> };
}

/** Whether tracks can be made of frames here: on this page, or in this worker. */
export function hasFrameTracks(): boolean {
  const { MediaStreamTrackProcessor, MediaStreamTrackGenerator, VideoTrackGenerator } = globalThis as Breakout;
  return Boolean(MediaStreamTrackProcessor && (MediaStreamTrackGenerator || VideoTrackGenerator));
}

/** The frames of `track`, and a new track with where its frames are written. @throws TypeError without `hasFrameTracks`. */
export function openFrames(
  track: MediaStreamTrack,
): [ReadableStream<VideoFrame>, MediaStreamTrack, WritableStream<VideoFrame>] {
  const here = globalThis as unknown as Required<Breakout>;
  const { MediaStreamTrackProcessor, MediaStreamTrackGenerator, VideoTrackGenerator } = here;
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  if (VideoTrackGenerator) {
    const { track: made, writable } = new VideoTrackGenerator();
    return [readable, made, writable];
  }
  const made = new MediaStreamTrackGenerator({ kind: "video" });
  return [readable, made, made.writable];
}

/** Calls `draw` for each new frame of `video`, and at once for the present one. @returns a function that ends it. */
export function eachFrame(video: HTMLVideoElement, draw: () => void): () => void {
  let [id, isOver] = [0, false];
  const next = () => {
    draw();
    if (!isOver) id = video.requestVideoFrameCallback(next);
  };
  if (video.readyState >= 2) draw(); // a paused video has no next frame
  id = video.requestVideoFrameCallback(next);
  return () => {
    isOver = true;
    video.cancelVideoFrameCallback(id);
  };
}

/** Sharpens one frame; undefined if it cannot. The caller still owns and closes the input frame. */
export type Sharpen = (frame: VideoFrame) => VideoFrame | undefined;

/**
 * Makes a track of the sharpened frames of `track`. Frames that cannot be sharpened are passed on unchanged.
 * Frames that arrive before `ready` resolves are skipped by the browser. Every frame is closed.
 * @returns the track and a function that ends it; undefined if the browser has no MediaStreamTrackProcessor.
 */
export function frameTrack(
  track: MediaStreamTrack,
  sharpen: Sharpen,
  ready: () => Promise<void>,
): [MediaStreamTrack, () => void] | undefined {
  if (!hasFrameTracks()) return undefined;
  const [readable, made, writable] = openFrames(track);
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  void pump(reader, writer, sharpen, ready);
  const end = () => {
    void reader.cancel();
    made.stop();
  };
  return [made, end];
}

/** Runs until the source or the sink ends. */
async function pump(
  reader: ReadableStreamDefaultReader<VideoFrame>,
  writer: WritableStreamDefaultWriter<VideoFrame>,
  sharpen: Sharpen,
  ready: () => Promise<void>,
): Promise<void> {
  try {
    for (let next = await reader.read(); next.value; next = await reader.read()) {
      await forward(next.value, writer, sharpen);
      await ready();
    }
  } catch {
    // The sink was closed.
  } finally {
    reader.cancel().catch(() => {});
    writer.close().catch(() => {});
  }
}

async function forward(
  came: VideoFrame,
  writer: WritableStreamDefaultWriter<VideoFrame>,
  sharpen: Sharpen,
): Promise<void> {
  let made: VideoFrame | undefined;
  try {
    made = sharpen(came);
    await writer.write(made ?? came);
  } finally {
    made?.close(); // written frames are closed already, which closing again allows
    came.close();
  }
}

/** A copy of a canvas of a shared context, which shows bitmaps: Chromium makes no VideoFrame of such a canvas. */
export function copied(canvas: Surface, onto: OffscreenCanvas): OffscreenCanvas {
  if (onto.width !== canvas.width) onto.width = canvas.width;
  if (onto.height !== canvas.height) onto.height = canvas.height;
  onto.getContext("2d", { alpha: false })?.drawImage(canvas, 0, 0);
  return onto;
}
