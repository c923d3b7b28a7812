/** Places an element exactly over a video, as its next sibling, so that it scrolls, is clipped and goes full screen with it. */

/** The style properties that affect how a video looks. */
const COPIED = [
  "object-fit",
  "object-position",
  "transform",
  "transform-origin",
  "translate",
  "rotate",
  "scale",
  "opacity",
  "filter",
  "clip-path",
  "visibility",
  "z-index",
  "border-radius",
  "mix-blend-mode",
  "mask-image",
  "padding",
  "border-width",
] as const;

/** Sets styles that the page's own rules cannot override. */
export function pin(element: HTMLElement, style: Record<string, string>): void {
  for (const [name, value] of Object.entries(style)) {
    if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value, "important");
  }
}

/**
 * Places `over` on `video`, as the next sibling of `before`. Call it again whenever either may have moved.
 * @returns false if the video is not displayed.
 */
export function lay(over: HTMLElement, video: HTMLVideoElement, before: Element = video): boolean {
  const alone = document.fullscreenElement === video; // then only the top layer is above it
  if (before.nextElementSibling !== over) before.after(over);
  if (alone && !over.matches(":popover-open")) over.showPopover();
  if (!alone && over.matches(":popover-open")) over.hidePopover();
  const style = getComputedStyle(video);
  const seen = style.display !== "none" && video.offsetWidth > 0;
  pin(over, { display: seen ? "block" : "none" });
  if (!seen) return false;
  for (const name of COPIED) pin(over, { [name]: style.getPropertyValue(name) });
  const fixed = alone || style.position === "fixed";
  pin(over, {
    position: fixed ? "fixed" : "absolute",
    width: `${video.offsetWidth}px`,
    height: `${video.offsetHeight}px`,
  });
  if (!over.style.left || over.dataset.fixed !== String(fixed)) pin(over, { left: "0px", top: "0px" });
  over.dataset.fixed = String(fixed);
  nudge(over, video);
  return true;
}

/** Measures where the element ended up, which depends on all its ancestors, and corrects the difference. */
function nudge(over: HTMLElement, video: HTMLVideoElement): void {
  const [is, wanted] = [over.getBoundingClientRect(), video.getBoundingClientRect()];
  const [x, y] = [wanted.x - is.x, wanted.y - is.y];
  if (Math.abs(x) < 0.1 && Math.abs(y) < 0.1) return;
  // Ancestors that scale the element scale the correction too.
  const scale = over.offsetParent
    ? over.offsetParent.getBoundingClientRect().width / (over.offsetParent as HTMLElement).offsetWidth
    : 1;
  const by = fine(scale) ? scale : 1;
  pin(over, { left: `${parseFloat(over.style.left) + x / by}px`, top: `${parseFloat(over.style.top) + y / by}px` });
}

const fine = (scale: number): boolean => Number.isFinite(scale) && scale > 0;

/** Whether the video is mirrored, as calls show one's own picture. */
export function mirrored(video: HTMLVideoElement): boolean {
  let turned = false;
  for (let each: Element | null = video; each; each = each.parentElement) {
    const style = getComputedStyle(each);
    if (style.transform !== "none" && new DOMMatrix(style.transform).a < 0) turned = !turned;
    if (parseFloat(style.scale) < 0) turned = !turned;
  }
  return turned;
}
