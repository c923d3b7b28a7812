/** The router: predicts from a few tiles of a picture which expert and which strength gain most, as in Crispen's Python. */

import { measures } from "./measures";
import { readTensors } from "./safetensors";
import { STREAM_INPUTS, type StreamInfo, streamInputs } from "./streaminfo";
import type { Tiles } from "./tiles";

/** The name of the expert that was trained on all degradations. */
export const GENERAL = "any";

/** The expert and the strength that a picture is sharpened with. */
export interface Choice {
  readonly expert: string;
  /** Factor on its correction; 0 leaves the picture as it is. */
  readonly strength: number;
}

/** A network with one hidden layer, from standardized `measures` and `streamInputs` to each choice's expected gain. */
export interface Router {
  readonly choices: readonly Choice[];
  /** Mean and standard deviation of each measure. */
  readonly centre: Float32Array;
  readonly spread: Float32Array;
  /** (measures + stream inputs + 1) x nodes and (nodes + 1) x choices, row by row, the biases last. */
  readonly hidden: Float32Array;
  readonly output: Float32Array;
}

/**
 * Reads a router as `npm run models` writes it.
 * @throws Error if `file` is not such a file.
 */
export function readRouter(file: ArrayBuffer): Router {
  const { metadata, tensor } = readTensors(file);
  if (metadata.format !== "crispen-router") throw new Error("this file holds no router of Crispen's");
  const pairs = JSON.parse(metadata.choices ?? "[]") as [string, number][];
  const choices = pairs.map(([expert, strength]) => ({ expert, strength }));
  const [[centre], [spread]] = [tensor("centre"), tensor("spread")];
  const [[hidden, [rows = 0, nodes = 0]], [output, shape]] = [tensor("hidden"), tensor("output")];
  const fits =
    rows === centre.length + STREAM_INPUTS + 1 && spread.length === centre.length && nodes > 0 && choices.length > 0;
  if (!fits || shape[0] !== nodes + 1 || shape[1] !== choices.length) {
    throw new Error("the arrays of this router have inconsistent shapes");
  }
  return { choices, centre, spread, hidden, output };
}

/**
 * The expected gain of each choice, in dB relative to their common mean.
 * @returns undefined if nothing can be measured: there are no tiles, or they have almost no texture.
 * @throws Error if the router was trained on other measures.
 */
export function gains(
  router: Router,
  tiles: Tiles | undefined,
  info: StreamInfo = {},
  isVideo = false,
): Float32Array | undefined {
  const measured = tiles && measures(tiles);
  return measured && predict(router, measured, info, isVideo);
}

/** Measures, and what is known of a picture or a frame of a video, to expected gains in dB. */
export function predict(router: Router, measured: Float32Array, info: StreamInfo = {}, isVideo = false): Float32Array {
  const { centre, spread, hidden, output } = router;
  if (measured.length !== centre.length) {
    throw new Error(`this router needs ${centre.length} measures, not ${measured.length}; run: npm run models`);
  }
  const standard = new Float32Array(measured.length + STREAM_INPUTS);
  measured.forEach((value, k) => {
    const from = (value - (centre[k] as number)) / (spread[k] as number);
    standard[k] = Math.min(4, Math.max(-4, from)); // training saw nothing beyond
  });
  standard.set(streamInputs(info, isVideo), measured.length);
  return layer(
    layer(standard, hidden).map((value) => Math.max(value, 0)),
    output,
  );
}

/** A row of values times a matrix whose last row is the bias. */
function layer(values: Float32Array, matrix: Float32Array): Float32Array {
  const columns = matrix.length / (values.length + 1);
  const made = matrix.slice(values.length * columns);
  values.forEach((value, row) => {
    for (let column = 0; column < columns; column++) {
      (made[column] as number) += value * (matrix[row * columns + column] as number);
    }
  });
  return made;
}
