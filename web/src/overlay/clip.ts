/** What cuts a video off and not its box, which is placed absolutely: ancestors with `overflow` and without `position`. */

import { mirrored } from "./mirrored";

/**
 * The `clip-path` for the box of `video`, which is over it; "none" if nothing more is cut off of the video than of the box.
 * Where the page turns the video it is "none" too.
 */
export function cutOff(video: HTMLVideoElement, box: HTMLElement): string {
  const is = video.getBoundingClientRect();
  const [across, down] = [is.width / box.offsetWidth, is.height / box.offsetHeight]; // screen pixels for each of the box
  if (Math.abs(across - down) > 0.01 * across) return "none";
  let cut = [0, 0, 0, 0]; // at the top, right, bottom and left, as in CSS
  let round = "";
  const isFree = getComputedStyle(video).position === "absolute";
  const start = isFree ? video.offsetParent : video.parentElement;
  for (let each = start; each && each !== box.offsetParent && each !== document.body; each = each.parentElement) {
    const { overflow, borderRadius } = getComputedStyle(each);
    if (overflow === "visible") continue;
    const inner = contentOf(each);
    const by = [inner.top - is.top, is.right - inner.right, is.bottom - inner.bottom, inner.left - is.left];
    if (by.every((edge) => edge > -1)) round ||= borderRadius; // otherwise its corners are not on the picture
    cut = cut.map((most, edge) => Math.max(most, by[edge] as number));
  }
  const [top, right, bottom, left] = cut.map((edge) => (edge < 0.5 ? 0 : edge / across));
  if (!(top || right || bottom || left) && !/[1-9]/.test(round)) return "none";
  const sides = mirrored(video) ? [top, left, bottom, right] : [top, right, bottom, left];
  return `inset(${sides.map((edge) => `${edge}px`).join(" ")}${/[1-9]/.test(round) ? ` round ${round}` : ""})`;
}

/** The rectangle of the screen in which an element shows its content. */
function contentOf(element: Element): { top: number; right: number; bottom: number; left: number } {
  const box = element.getBoundingClientRect();
  const [top, left] = [box.top + element.clientTop, box.left + element.clientLeft];
  return { top, left, right: left + element.clientWidth, bottom: top + element.clientHeight };
}
