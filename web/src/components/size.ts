/** The size at which a picture is sharpened: the models for small streams expect it enlarged first. */

const MOST = 1920 * 1080; // pixels up to which a picture is enlarged
// Screen pixels for each of its own from which on it is enlarged: tests/library/enlarging.py measured that enlarging first gains
// more than sharpening at its own size, and that the router cannot tell between the two sizes.
const ENLARGED = 1.2;

/**
 * @param scale screen pixels for each pixel of the picture.
 * @returns twice the picture's size if it is shown larger than it is, otherwise its own size.
 */
export function sizeFor(width: number, height: number, scale: number): [number, number] {
  const factor = scale >= ENLARGED && 4 * width * height <= MOST ? 2 : 1;
  return [factor * width, factor * height];
}
