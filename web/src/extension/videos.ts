/** Chooses the videos of a page to sharpen, with reasons for the others. */

import { magnification } from "../overlay/fit";
import { isBlended, isInPicture } from "../overlay/placement";

const SMALLEST = 96 * 72; // pixels on the screen; smaller videos are ignored
const LEAST = 0.4; // screen pixels for each of its own; below that sharpening has no visible effect
const MOST = 6; // at once

export interface Choice {
  chosen: HTMLVideoElement[];
  /** The number of videos that are not chosen, by reason. */
  left: Record<string, number>;
}

/** All videos below `root`, including those in open shadow trees. */
export function videosIn(root: ParentNode): HTMLVideoElement[] {
  const found = [...root.querySelectorAll("video")];
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) found.push(...videosIn(element.shadowRoot));
  }
  return found;
}

/** The largest readable videos, at most six. `troubles`: reasons that were found only when sharpening was tried. */
export function choose(videos: readonly HTMLVideoElement[], troubles: (video: HTMLVideoElement) => string): Choice {
  const choice: Choice = { chosen: [], left: {} };
  const seen = videos.filter((video) => video.readyState >= 2 && video.videoWidth && area(video) >= SMALLEST);
  for (const video of seen.sort((one, other) => area(other) - area(one))) {
    const why = troubles(video) || whyNot(video) || (choice.chosen.length >= MOST ? `only ${MOST} at once` : "");
    if (why) choice.left[why] = (choice.left[why] ?? 0) + 1;
    else choice.chosen.push(video);
  }
  return choice;
}

/** The area of the window that a video takes, in CSS pixels. */
function area(video: HTMLVideoElement): number {
  const box = video.getBoundingClientRect();
  const width = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
  const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  return Math.max(0, width) * Math.max(0, height);
}

/** Whether it shows a camera of this computer. Only tracks of devices name the group of their device. */
function isOwnCamera(video: HTMLVideoElement): boolean {
  const stream = video.srcObject;
  return stream instanceof MediaStream && stream.getVideoTracks().some((track) => track.getSettings().groupId);
}

const known = new WeakMap<HTMLVideoElement, { source: unknown; why: string }>();

/** Why a video cannot be sharpened; "" if it can. */
function whyNot(video: HTMLVideoElement): string {
  if (isOwnCamera(video)) return "your own camera";
  if (isInPicture(video)) return "in a picture-in-picture window";
  if (magnification(video) < LEAST) return "shown much smaller than it is";
  if (isBlended(video, video)) return "shown see-through by the page";
  if (video.mediaKeys) return "protected (DRM)";
  const source = video.srcObject ?? video.currentSrc;
  const before = known.get(video);
  if (before?.source === source) return before.why;
  let why = "";
  const canvas = new OffscreenCanvas(1, 1).getContext("2d"); // a new one each time: a canvas that was tainted stays tainted
  try {
    canvas?.drawImage(video, 0, 0, 1, 1);
    canvas?.getImageData(0, 0, 1, 1);
  } catch {
    why = "from another site, which does not let it be read";
  }
  known.set(video, { source, why });
  return why;
}
