/** The size at which a picture is sharpened: the models for small streams expect it enlarged first. */

const MOST = 1920 * 1080; // pixels up to which a picture is enlarged
const ENLARGED = 1.5; // times its own width on the screen from which on it is enlarged

/**
 * @param shown the picture's width on the screen, in screen pixels.
 * @returns twice the picture's size if it is shown much larger than it is, otherwise its own size.
 */
export function sizeFor(width: number, height: number, shown: number): [number, number] {
  const factor = shown >= ENLARGED * width && 4 * width * height <= MOST ? 2 : 1;
  return [factor * width, factor * height];
}
