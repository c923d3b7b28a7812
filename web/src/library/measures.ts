/** What the router measures on the tiles of a picture: the same numbers as `measures` in Crispen's Python. */

import { type Axis, beats, profile, UNLIMITED } from "./beats";
import type { Tiles } from "./tiles";

const FLAT = 1; // standard deviation in 8-bit levels, below which nothing is measured
const LOGS = 32; // energies whose product stays within double precision: each is 0.25 to 5 million
/** The DCT frequencies without the mean; (v, h) and (h, v) are averaged. */
const BAND = Array.from({ length: 64 }, (_, at) => [at >> 3, at & 7] as const).filter(([v, h]) => h >= v && h > 0);
const DCT = Float64Array.from({ length: 64 }, (_, at) => {
  const [frequency, place] = [at >> 3, at & 7];
  return Math.cos((Math.PI * frequency * (2 * place + 1)) / 16) * (frequency ? 0.5 : Math.SQRT1_2 / 2);
});

/**
 * The router's input. In this order: for each DCT frequency (Ahmed et al., 1974) the logarithm of its mean energy over all
 * tiles, that of the tile with most of it, and the mean of the logarithms over blocks; how much more neighbours differ
 * across the edges of blocks of 8 and of 4 pixels than within them; the shares of neighbours that are equal; and the lines of
 * `beats` for differences of order 3 and 1.
 *
 * @returns undefined if the tiles have almost no texture.
 */
export function measures(tiles: Tiles): Float32Array | undefined {
  if (deviation(tiles.luma) < FLAT) return undefined;
  const { mean, most, typical } = energies(tiles);
  const bands = [
    ...BAND.map(([v, h]) => Math.log(at(mean, v, h) + 0.05)),
    ...BAND.map(([v, h]) => Math.log(at(most, v, h) + 0.05)),
    ...BAND.map(([v, h]) => at(typical, v, h)),
  ];
  const [down, across] = [grid(tiles, "down"), grid(tiles, "across")];
  const lines = [...beats(tiles, 3), ...beats(tiles, 1)];
  return Float32Array.from([...bands, ...down.edges, ...across.edges, down.equal, across.equal, ...lines]);
}

const at = (energy: Float64Array, v: number, h: number): number =>
  ((energy[8 * v + h] as number) + (energy[8 * h + v] as number)) / 2;

function deviation(luma: Uint8Array): number {
  let [sum, squares] = [0, 0];
  for (const level of luma) {
    sum += level;
    squares += level * level;
  }
  return Math.sqrt(Math.max(0, squares / luma.length - (sum / luma.length) ** 2));
}

/** For each of the 64 frequencies: the mean energy, that of the tile with most, and the mean logarithm over blocks. */
function energies(tiles: Tiles): { mean: Float64Array; most: Float64Array; typical: Float64Array } {
  const [mean, most, typical] = [0, 0, 0].map(() => new Float64Array(64)) as [Float64Array, Float64Array, Float64Array];
  const [block, product, tile] = [new Float64Array(64), new Float64Array(64).fill(1), new Float64Array(64)];
  const perTile = (tiles.width * tiles.height) / 64;
  let done = 0;
  const flush = () => {
    for (let k = 0; k < 64; k++) (typical[k] as number) += Math.log(product[k] as number) / perTile / tiles.count;
    product.fill(1);
  };
  for (let index = 0; index < tiles.count; index++) {
    tile.fill(0);
    for (let top = index * tiles.height; top < (index + 1) * tiles.height; top += 8) {
      for (let left = 0; left < tiles.width; left += 8) {
        transform(tiles.luma, top * tiles.width + left, tiles.width, block);
        for (let k = 0; k < 64; k++) {
          const energy = (block[k] as number) ** 2;
          (tile[k] as number) += energy / perTile;
          (product[k] as number) *= energy + 0.25;
        }
        if (++done % LOGS === 0) flush();
      }
    }
    for (let v = 0; v < 8; v++) {
      for (let h = 0; h < 8; h++) {
        const k = 8 * v + h;
        (mean[k] as number) += (tile[k] as number) / tiles.count;
        most[k] = Math.max(most[k] as number, at(tile, v, h));
      }
    }
  }
  flush();
  return { mean, most, typical };
}

const half = new Float64Array(64);

/** The DCT of the 8x8 block that begins at `from` in rows of `stride`. */
function transform(luma: Uint8Array, from: number, stride: number, into: Float64Array): void {
  for (let row = 0; row < 8; row++) transformLine(luma, from + row * stride, 1, half, 8 * row);
  for (let column = 0; column < 8; column++) transformLine(half, column, 8, into, column);
}

/** The DCT of eight values, in half of the multiplications: the cosines of a frequency are even or odd about the middle. */
function transformLine(
  given: Uint8Array | Float64Array,
  from: number,
  step: number,
  into: Float64Array,
  to: number,
): void {
  for (let odd = 0; odd < 2; odd++) {
    const sign = odd ? -1 : 1;
    const a = (given[from] as number) + sign * (given[from + 7 * step] as number);
    const b = (given[from + step] as number) + sign * (given[from + 6 * step] as number);
    const c = (given[from + 2 * step] as number) + sign * (given[from + 5 * step] as number);
    const d = (given[from + 3 * step] as number) + sign * (given[from + 4 * step] as number);
    for (let frequency = odd; frequency < 8; frequency += 2) {
      const k = 8 * frequency;
      into[to + frequency * step] =
        a * (DCT[k] as number) + b * (DCT[k + 1] as number) + c * (DCT[k + 2] as number) + d * (DCT[k + 3] as number);
    }
  }
}

/** Logarithms of the steps across the edges of blocks of 8 and of 4 pixels over those within, and the share of equal ones. */
function grid(tiles: Tiles, axis: Axis): { edges: number[]; equal: number } {
  const { width, height, luma, count } = tiles;
  const sums = new Float64Array((axis === "down" ? height : width) - 1);
  for (let tile = 0; tile < count; tile++) {
    profile(tiles, tile, axis, 1, UNLIMITED).forEach((mean, k) => {
      (sums[k] as number) += mean / count;
    });
  }
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length + 0.02;
  const within = mean(sums.filter((_, k) => k % 4 !== 3));
  const edges = [7, 3].map((edge) =>
    sums.length > edge ? Math.log(mean(sums.filter((_, k) => k % 8 === edge)) / within) : 0,
  );
  let equal = 0;
  const [rows, next] = axis === "down" ? [height - 1, width] : [height, 1];
  const columns = axis === "down" ? width : width - 1;
  for (let row = 0; row < rows * count; row++) {
    const start = (row + Math.floor(row / rows) * (height - rows)) * width;
    for (let at = start; at < start + columns; at++) if (luma[at] === luma[at + next]) equal++;
  }
  return { edges, equal: equal / rows / columns / count };
}
