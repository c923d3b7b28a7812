/** How large a picture is to be sharpened: models for small streams expect it enlarged first. */

const MOST = 1920 * 1080;

/**
 * @param shown how wide it is on the screen, in its pixels.
 * @returns twice its size where it is shown much larger than it is, else its own.
 */
export function sizeFor(width: number, height: number, shown: number): [number, number] {
  const factor = shown >= 1.5 * width && 4 * width * height <= MOST ? 2 : 1;
  return [factor * width, factor * height];
}
