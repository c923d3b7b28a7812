/** A track of sharpened frames, from frame to frame: no video element, and it goes on in a tab that is hidden. */

// Not in TypeScript's own declarations: https://www.w3.org/TR/mediacapture-transform/, as Chromium has it on the page.
interface Processor {
  readonly readable: ReadableStream<VideoFrame>;
}
interface Generator extends MediaStreamTrack {
  readonly writable: WritableStream<VideoFrame>;
}
interface Breakout {
  MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => Processor;
  MediaStreamTrackGenerator?: new (init: { kind: "video" }) => Generator;
}

/** Makes the sharpened frame of one that came, undefined if it cannot. The frame that came stays the caller's. */
export type Sharpen = (frame: VideoFrame) => VideoFrame | undefined;

/**
 * A track of what `sharpen` makes of each frame of `track`; frames that it cannot make are passed on as they came.
 * Frames that come while `ready` has not settled are skipped by the browser. Every frame is closed.
 * @returns the track and what ends it; undefined where the browser hands out no frames.
 */
export function frameTrack(
  track: MediaStreamTrack,
  sharpen: Sharpen,
  ready: () => Promise<void>,
): [MediaStreamTrack, () => void] | undefined {
  const { MediaStreamTrackProcessor, MediaStreamTrackGenerator } = globalThis as Breakout;
  if (!MediaStreamTrackProcessor || !MediaStreamTrackGenerator) return undefined;
  const made = new MediaStreamTrackGenerator({ kind: "video" });
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
  const writer = made.writable.getWriter();
  void pump(reader, writer, sharpen, ready);
  const end = () => {
    void reader.cancel();
    made.stop();
  };
  return [made, end];
}

/** Ends when either side does. */
async function pump(
  reader: ReadableStreamDefaultReader<VideoFrame>,
  writer: WritableStreamDefaultWriter<VideoFrame>,
  sharpen: Sharpen,
  ready: () => Promise<void>,
): Promise<void> {
  try {
    for (let next = await reader.read(); next.value; next = await reader.read()) {
      await handOn(next.value, writer, sharpen);
      await ready();
    }
  } catch {
    // The one who watches has left.
  } finally {
    reader.cancel().catch(() => {});
    writer.close().catch(() => {});
  }
}

async function handOn(
  came: VideoFrame,
  writer: WritableStreamDefaultWriter<VideoFrame>,
  sharpen: Sharpen,
): Promise<void> {
  let made: VideoFrame | undefined;
  try {
    made = sharpen(came);
    await writer.write(made ?? came);
  } finally {
    made?.close(); // the writer has closed its own; a second time does no harm
    came.close();
  }
}
