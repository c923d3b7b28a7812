/** The tiles of a picture that the router measures. */

import { LUMA } from "./backend";

const TILE = 128; // rows and columns, as in training

/** A rectangle of pixels of a picture. */
export interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The luma of tiles of equal size, one after the other, row by row. The sides are multiples of 8. */
export interface Tiles {
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/**
 * Up to eight places spread over a picture, aligned with the codec's grid of 8 pixels, as `tiles` in Crispen's Python.
 * @returns none below 8 rows or columns.
 */
export function places(width: number, height: number): Place[] {
  const [across, down] = [width, height].map((side) => side - (side % 8)) as [number, number];
  if (!across || !down) return [];
  const tile = { width: Math.min(TILE, across), height: Math.min(TILE, down) };
  const [columns, rows] = across >= down ? [4, 2] : [2, 4];
  return starts(down - tile.height, rows).flatMap((top) =>
    starts(across - tile.width, columns).map((left) => ({ left, top, ...tile })),
  );
}

/** Up to `count` different multiples of 8 in 0 to `room`, evenly spaced; off the borders, which are often black. */
function starts(room: number, count: number): number[] {
  const spaced = Array.from({ length: count }, (_, index) => 8 * Math.floor(((index + 0.5) / count) * (room / 8)));
  return [...new Set(spaced)];
}

/** The tiles at `at` of a luma plane that is `stride` bytes wide. */
export function cut(plane: Uint8Array, stride: number, at: readonly Place[]): Tiles | undefined {
  const [first] = at;
  if (!first) return undefined;
  const { width, height } = first;
  const luma = new Uint8Array(at.length * width * height);
  at.forEach(({ left, top }, index) => {
    for (let row = 0; row < height; row++) {
      const from = (top + row) * stride + left;
      luma.set(plane.subarray(from, from + width), (index * height + row) * width);
    }
  });
  return { count: at.length, width, height, luma };
}

/** The tiles in red, green, blue and alpha, as a backend reads them, in the luma that the network sees, rounded to 8 bits. */
export function tilesOf(rgba: Uint8Array, at: readonly Place[]): Tiles | undefined {
  const [first] = at;
  if (!first) return undefined;
  const luma = new Uint8Array(rgba.length / 4);
  for (let k = 0; k < luma.length; k++) {
    const [red, green, blue] = [rgba[4 * k] as number, rgba[4 * k + 1] as number, rgba[4 * k + 2] as number];
    luma[k] = Math.round(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue);
  }
  return { count: at.length, width: first.width, height: first.height, luma };
}
