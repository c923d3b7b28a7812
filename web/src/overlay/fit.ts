/** How large a video is shown. */

/** Screen pixels for each pixel of the video, as `object-fit` and transforms have it; the larger of both directions. */
export function magnification(video: HTMLVideoElement): number {
  const style = getComputedStyle(video);
  const pad = (...sides: string[]) =>
    sides.reduce((sum, side) => sum + parseFloat(style.getPropertyValue(`padding-${side}`)), 0);
  const across = (video.clientWidth - pad("left", "right")) / video.videoWidth;
  const down = (video.clientHeight - pad("top", "bottom")) / video.videoHeight;
  const box = video.getBoundingClientRect();
  const scaled = Math.sqrt((box.width * box.height) / (video.offsetWidth * video.offsetHeight)) || 0;
  return devicePixelRatio * scaled * fitted(style.objectFit, across, down);
}

function fitted(fit: string, across: number, down: number): number {
  if (fit === "contain") return Math.min(across, down);
  if (fit === "none") return 1;
  if (fit === "scale-down") return Math.min(1, across, down);
  return Math.max(across, down); // fill, cover
}
