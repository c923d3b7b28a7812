/** Which videos of a page are to be sharpened, and why not the others. */

const SMALLEST = 96 * 72; // on the screen; below that there is nothing to see
const LEAST = 0.4; // of its own width on the screen; smaller, nothing is left of what would be gained
const MOST = 6; // at once: each takes a drawing context, and a browser has sixteen for a page

export interface Choice {
  chosen: HTMLVideoElement[];
  /** How many are left alone, by why. */
  left: Record<string, number>;
}

/** All videos below `root`, those in open shadow trees too. */
export function videosIn(root: ParentNode): HTMLVideoElement[] {
  const found = [...root.querySelectorAll("video")];
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) found.push(...videosIn(element.shadowRoot));
  }
  return found;
}

/** The largest videos that can be read, at most six. `troubles`: what showed only when it was tried. */
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

/** How much of the window a video takes, in its pixels. */
function area(video: HTMLVideoElement): number {
  const box = video.getBoundingClientRect();
  const width = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
  const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  return Math.max(0, width) * Math.max(0, height);
}

const known = new WeakMap<HTMLVideoElement, { source: unknown; why: string }>();

/** Why the pixels of a video may not be read; "" where they may. */
function whyNot(video: HTMLVideoElement): string {
  if (video.clientWidth * devicePixelRatio < LEAST * video.videoWidth) return "shown much smaller than it is";
  if (video.mediaKeys) return "protected (DRM)";
  const source = video.srcObject ?? video.currentSrc;
  const before = known.get(video);
  if (before?.source === source) return before.why;
  let why = "";
  const canvas = new OffscreenCanvas(1, 1).getContext("2d"); // a fresh one: once tainted, always tainted
  try {
    canvas?.drawImage(video, 0, 0, 1, 1);
    canvas?.getImageData(0, 0, 1, 1);
  } catch {
    why = "from another site, which does not let it be read";
  }
  known.set(video, { source, why });
  return why;
}
