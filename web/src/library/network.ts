/** The network as `crispen export --to webgpu` writes it: plain 3x3 convolutions on blocks of 2x2 pixels of luma. */

import { readTensors } from "./safetensors";

export interface Layer {
  /** Input and output channels; padded with zeros to multiples of four when read. */
  readonly inputs: number;
  readonly outputs: number;
  /** (outputs, inputs, 3, 3), row by row. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

export interface Network {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Multiply-accumulates per pixel of the picture. */
  readonly macsPerPixel: number;
}

/**
 * Reads the file of an expert.
 * @throws Error if `file` is not such a file, or its network is not one of Crispen's.
 */
export function readNetwork(file: ArrayBuffer): Network {
  const { metadata, has, tensor } = readTensors(file);
  if (metadata.format !== "crispen-network" || metadata.unshuffle !== "2") {
    throw new Error("this file holds no network of Crispen's; write one with: crispen export MODEL --to webgpu -o DIR");
  }
  const layers: Layer[] = [];
  let macs = 0;
  for (let index = 0; has(`conv${index}.weight`); index++) {
    const [weight, [outputs = 0, inputs = 0]] = tensor(`conv${index}.weight`);
    const [bias] = tensor(`conv${index}.bias`);
    macs += (9 * inputs * outputs) / 4;
    layers.push(filled(inputs, outputs, weight, bias));
  }
  const first = layers[0];
  const last = layers.at(-1);
  if (!first || !last || first.inputs !== 4 || last.outputs !== 4 || layers.length < 2) {
    throw new Error("this network does not begin and end with blocks of four pixels");
  }
  return { name: metadata.name ?? "", layers, macsPerPixel: macs };
}

/** The layer with its channels padded to multiples of four. */
function filled(inputs: number, outputs: number, weight: Float32Array, bias: Float32Array): Layer {
  const [ins, outs] = [inputs, outputs].map((count) => 4 * Math.ceil(count / 4)) as [number, number];
  const wide: Layer = {
    inputs: ins,
    outputs: outs,
    weight: new Float32Array(outs * ins * 9),
    bias: new Float32Array(outs),
  };
  wide.bias.set(bias);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const from = 9 * (o * inputs + i);
      wide.weight.set(weight.subarray(from, from + 9), 9 * (o * ins + i));
    }
  }
  return wide;
}

/** The weights of one kernel position for four outputs and four inputs as a shader matrix, one column per input. */
export function matrix(layer: Layer, output: number, input: number, place: number): number[] {
  const columns: number[] = [];
  for (let i = 0; i < 4; i++) {
    for (let o = 0; o < 4; o++) {
      columns.push(layer.weight[9 * ((4 * output + o) * layer.inputs + 4 * input + i) + place] ?? 0);
    }
  }
  return columns;
}

/** A number as a shader literal. */
export function literal(value: number): string {
  const text = value.toPrecision(8);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
