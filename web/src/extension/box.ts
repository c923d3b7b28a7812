/** Lays an element exactly over a video, as its next sibling: it then scrolls, clips and goes full screen with it. */

/** What the eye sees of a video besides its pixels. */
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

/** A style the page's own rules can not change. */
export function pin(element: HTMLElement, style: Record<string, string>): void {
  for (const [name, value] of Object.entries(style)) {
    if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value, "important");
  }
}

/**
 * Lays `over` on `video`, next after `before`; to be called again whenever either may have moved.
 * @returns false where there is nothing to see.
 */
export function lay(over: HTMLElement, video: HTMLVideoElement, before: Element = video): boolean {
  const alone = document.fullscreenElement === video; // nothing but the top layer is above it then
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

/** Where an element comes to lie depends on its ancestors in more ways than can be told; so look, and correct. */
function nudge(over: HTMLElement, video: HTMLVideoElement): void {
  const [is, wanted] = [over.getBoundingClientRect(), video.getBoundingClientRect()];
  const [x, y] = [wanted.x - is.x, wanted.y - is.y];
  if (Math.abs(x) < 0.1 && Math.abs(y) < 0.1) return;
  // What ancestors scale, they scale the correction by too.
  const scale = over.offsetParent
    ? over.offsetParent.getBoundingClientRect().width / (over.offsetParent as HTMLElement).offsetWidth
    : 1;
  const by = fine(scale) ? scale : 1;
  pin(over, { left: `${parseFloat(over.style.left) + x / by}px`, top: `${parseFloat(over.style.top) + y / by}px` });
}

const fine = (scale: number): boolean => Number.isFinite(scale) && scale > 0;

/** True where the video is shown as in a mirror, as calls show one's own picture. */
export function mirrored(video: HTMLVideoElement): boolean {
  let turned = false;
  for (let each: Element | null = video; each; each = each.parentElement) {
    const style = getComputedStyle(each);
    if (style.transform !== "none" && new DOMMatrix(style.transform).a < 0) turned = !turned;
    if (parseFloat(style.scale) < 0) turned = !turned;
  }
  return turned;
}
