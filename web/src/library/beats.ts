/** Periodicity that interpolation leaves behind (Gallagher, 2005), as `_beats` in Crispen's Python. */

import type { Tiles } from "./tiles";

export type Axis = "down" | "across";

const [LONG, WINDOW] = [384, 17]; // lengths of the Fourier transform, and of the moving mean that a profile is divided by
const SLIGHT = 12; // 8-bit levels; larger differences are edges
/** No limit on the differences of 8-bit levels. */
export const UNLIMITED = 0x7fff;
const LOWEST = 77; // of the frequencies that are read: above 0.2 cycles per pixel
const COUNT = LONG / 2 + 1 - LOWEST;
const LINES = [LONG / 2, LONG / 3, LONG / 4]; // periods of 2, 3 and 4 pixels
// Frequencies of upscaling factors other than 2, 3 and 4, without those of blocks of 8 pixels.
const ELSEWHERE = Array.from({ length: COUNT }, (_, k) => LOWEST + k).filter((frequency) =>
  [1 / 4, 1 / 3, 3 / 8, 1 / 2].every((line) => Math.abs(frequency / LONG - line) > 0.012),
);
const [COS, SIN] = [Math.cos, Math.sin].map((wave) =>
  Float64Array.from({ length: LONG }, (_, k) => wave((2 * Math.PI * k) / LONG)),
) as [Float64Array, Float64Array];

/**
 * Interpolated pixels are means of received ones, and how smooth they are depends on their position between them. So the
 * profile of the mean absolute differences of rows (or columns) has a line in its spectrum at the upscaling factor.
 *
 * @param order of the differences, odd: even ones are the same on both sides of a received pixel.
 * @returns logarithms of the line for periods of 2, 3 and 4 pixels, of the strongest other line, and of the median.
 */
export function beats(tiles: Tiles, order: 1 | 3): number[] {
  const power = new Float64Array(COUNT);
  for (const axis of ["down", "across"] as const) {
    if ((axis === "down" ? tiles.height : tiles.width) < WINDOW) continue;
    for (let tile = 0; tile < tiles.count; tile++) {
      addPower(profile(tiles, tile, axis, order, SLIGHT), 2 * tiles.count, power);
    }
  }
  const size = power.map(Math.sqrt);
  const line = (at: number) => Math.max(...size.subarray(at - 1 - LOWEST, at + 2 - LOWEST));
  const sorted = [...size].sort((one, other) => one - other);
  const median = ((sorted[(COUNT - 1) >> 1] as number) + (sorted[COUNT >> 1] as number)) / 2;
  const other = Math.max(...ELSEWHERE.map((at) => size[at - LOWEST] as number));
  return [...LINES.map(line), other, median].map((value) => Math.log(value + 1e-3));
}

/** The means of the absolute differences of the pixels of one tile along an axis, each at most `limit`, for every step. */
export function profile(tiles: Tiles, tile: number, axis: Axis, order: 1 | 3, limit: number): Float64Array {
  const { width, height, luma } = tiles;
  const isDown = axis === "down";
  const [rows, columns] = isDown ? [height - order, width] : [height, width - order];
  const next = isDown ? width : 1;
  const [two, last] = order === 1 ? [next, next] : [2 * next, 3 * next]; // the middle ones cancel for order 1
  const sums = new Int32Array(isDown ? rows : columns);
  for (let row = 0; row < rows; row++) {
    const start = (tile * height + row) * width;
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      const from = start + column;
      const near = 3 * ((luma[from + next] as number) - (luma[from + two] as number));
      const step = Math.min(Math.abs((luma[from + last] as number) - (luma[from] as number) + near), limit);
      if (isDown) sum += step;
      else (sums[column] as number) += step;
    }
    if (isDown) sums[row] = sum;
  }
  return Float64Array.from(sums, (sum) => sum / (isDown ? columns : rows));
}

/** Adds the power spectrum of a profile, divided by its moving mean and windowed (Hann). */
function addPower(means: Float64Array, count: number, power: Float64Array): void {
  const length = means.length;
  const window = Float64Array.from(means, (_, k) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (k + 1)) / (length + 1)));
  const waved = Float64Array.from(means, (mean, k) => ((mean + 0.02) / nearby(means, k) - 1) * (window[k] as number));
  const scale = 1 / window.reduce((sum, value) => sum + value, 0) ** 2 / count;
  for (let index = 0; index < COUNT; index++) {
    let [real, imaginary] = [0, 0];
    for (let k = 0, phase = 0; k < length; k++) {
      real += (waved[k] as number) * (COS[phase] as number);
      imaginary += (waved[k] as number) * (SIN[phase] as number);
      phase += LOWEST + index;
      if (phase >= LONG) phase -= LONG;
    }
    (power[index] as number) += (real ** 2 + imaginary ** 2) * scale;
  }
}

/** The mean of a profile around `at`, its ends repeated. */
function nearby(means: Float64Array, at: number): number {
  let sum = 0;
  for (let k = at - (WINDOW >> 1); k <= at + (WINDOW >> 1); k++) {
    sum += means[Math.min(Math.max(k, 0), means.length - 1)] as number;
  }
  return sum / WINDOW + 0.02;
}
