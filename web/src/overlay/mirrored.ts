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
