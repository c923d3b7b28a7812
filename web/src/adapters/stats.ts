/** What `getStats` knows of a received video, in the terms of the router. */

import type { StreamInfo } from "../library/streaminfo";

/** Counts of a received video since the call began, and its present size. */
export interface Received {
  /** Identifies the stream: another one counts from 0. */
  readonly id: string;
  /** "h264", "vp8", "vp9", "av1" or another codec's name in lower case; "" if not known. */
  readonly codec: string;
  readonly bytes: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
}

/** The parts of a report that are read, by their names in https://www.w3.org/TR/webrtc-stats/. */
interface Entry {
  readonly type: string;
  readonly kind?: string;
  readonly id: string;
  readonly codecId?: string;
  readonly mimeType?: string;
  readonly bytesReceived?: number;
  readonly framesDecoded?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
}

/** @returns undefined if nothing was decoded yet. */
export function received(report: { forEach(each: (entry: Entry) => void): void }): Received | undefined {
  const entries = new Map<string, Entry>();
  report.forEach((entry) => {
    entries.set(entry.id, entry);
  });
  const stream = [...entries.values()].find(({ type, kind }) => type === "inbound-rtp" && kind === "video");
  if (!stream) return undefined;
  const { id, codecId = "", bytesReceived: bytes = 0, framesDecoded: frames = 0 } = stream;
  const { frameWidth: width = 0, frameHeight: height = 0 } = stream;
  if (!frames || !width || !height) return undefined;
  const codec = (entries.get(codecId)?.mimeType ?? "").replace(/^video\//i, "").toLowerCase();
  return { id, codec, bytes, frames, width, height };
}

/**
 * The codec and the bits per pixel between two looks; from the beginning of the call if there is no earlier look.
 * @returns undefined if nothing was decoded in between.
 */
export function streamInfo(before: Received | undefined, now: Received): StreamInfo | undefined {
  const isSame = before && before.id === now.id && before.frames <= now.frames && before.bytes <= now.bytes;
  const { bytes, frames } = isSame ? before : { bytes: 0, frames: 0 };
  if (now.frames === frames) return undefined;
  const bitsPerPixel = (8 * (now.bytes - bytes)) / (now.width * now.height * (now.frames - frames));
  return { codec: now.codec, bitsPerPixel };
}
