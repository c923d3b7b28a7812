/** The network as compute shaders in WGSL, its weights written into them as constants. */

import { CUBIC, LUMA } from "./backend";
import { type Layer, literal, matrix } from "./network";

export const SIDE = 8; // of a workgroup, in blocks of 2x2 pixels

const FULL_SCREEN = `
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(select(-1.0, 3.0, i == 1u), select(-1.0, 3.0, i == 2u), 0.0, 1.0);
}`;

/** Scales the received picture to the output size, in 8 bits as in training. */
export const SCALE = `${FULL_SCREEN}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
fn cubic(t: f32) -> f32 {${CUBIC}
}
@fragment fn scale(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let have = vec2f(textureDimensions(picture));
  if (all(have == look.size)) { return textureLoad(picture, vec2i(at.xy), 0); }
  let place = at.xy * have / look.size - 0.5;
  let first = floor(place);
  var sum = vec4f(0.0);
  for (var v = -1; v <= 2; v++) {
    for (var h = -1; h <= 2; h++) {
      let offset = vec2f(f32(h), f32(v));
      let t = place - first - offset;
      let texel = textureLoad(picture, vec2i(clamp(first + offset, vec2f(0.0), have - 1.0)), 0);
      sum += cubic(t.x) * cubic(t.y) * texel;
    }
  }
  return clamp(sum, vec4f(0.0), vec4f(1.0));
}`;

/** Draws the picture on the canvas, unchanged or with the correction of its 2x2 block added. */
export function show(half: boolean): string {
  return `${half ? "enable f16;" : ""}${FULL_SCREEN}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
@group(0) @binding(2) var<storage, read> correction: array<vec4<${half ? "f16" : "f32"}>>;
@fragment fn show(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let pixel = vec2u(at.xy);
  let came = textureLoad(frame, pixel, 0).rgb;
  let blocks = u32(look.size.x + 1.0) / 2u;
  let block = vec4f(correction[(pixel.y / 2u) * blocks + pixel.x / 2u]);
  let change = select(0.0, look.strength * block[(pixel.y % 2u) * 2u + pixel.x % 2u], at.x >= look.split * look.size.x);
  return vec4f(clamp(came + change, vec3f(0.0), vec3f(1.0)), 1.0);
}`;
}

/** One layer. All but the first read features: groups of four channels, each group in row order. */
export function convolution(layer: Layer, first: boolean, last: boolean, half: boolean): string {
  const type = half ? "f16" : "f32";
  const groups = layer.outputs / 4;
  const sums = Array.from({ length: groups }, (_, g) => `  var sum${g} = ${vector(layer.bias, 4 * g, type)};`);
  const taps: string[] = [];
  for (let place = 0; place < 9; place++) {
    const [dx, dy] = [(place % 3) - 1, Math.floor(place / 3) - 1];
    for (let input = 0; input < layer.inputs / 4; input++) {
      taps.push(`  x = ${first ? `block(at + vec2i(${dx}, ${dy}))` : `feature(at + vec2i(${dx}, ${dy}), ${input}u)`};`);
      for (let g = 0; g < groups; g++) {
        const numbers = matrix(layer, g, input, place).map(literal).join(", ");
        taps.push(`  sum${g} += mat4x4<${type}>(${numbers}) * x;`);
      }
    }
  }
  const keeps = Array.from({ length: groups }, (_, g) => {
    const value = last ? `sum${g}` : `max(sum${g}, vec4<${type}>(0))`;
    return `  made[${g}u * shape.x * shape.y + u32(at.y) * shape.x + u32(at.x)] = ${value};`;
  });
  return `${half ? "enable f16;" : ""}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
@group(0) @binding(2) var<storage, read> given: array<vec4<${type}>>;
@group(0) @binding(3) var<storage, read_write> made: array<vec4<${type}>>;
${first ? BLOCK.replaceAll("TYPE", type) : FEATURE.replaceAll("TYPE", type)}
@compute @workgroup_size(${SIDE}, ${SIDE}) fn convolve(@builtin(global_invocation_id) id: vec3u) {
  let shape = (vec2u(look.size) + 1u) / 2u;
  if (any(id.xy >= shape)) { return; }
  let at = vec2i(id.xy);
  var x: vec4<${type}>;
${[...sums, ...taps, ...keeps].join("\n")}
}`;
}

// Outside the picture the nearest block is repeated; in a half block at the border, the nearest pixel.
const BLOCK = `
fn luma(at: vec2i) -> f32 {
  let colour = textureLoad(frame, min(at, vec2i(look.size) - 1), 0).rgb;
  return dot(colour, vec3f(${LUMA.join(", ")}));
}
fn block(at: vec2i) -> vec4<TYPE> {
  let corner = 2 * clamp(at, vec2i(0), (vec2i(look.size) + 1) / 2 - 1);
  return vec4<TYPE>(vec4f(luma(corner), luma(corner + vec2i(1, 0)), luma(corner + vec2i(0, 1)), luma(corner + 1)));
}`;

// Outside the picture features are zero.
const FEATURE = `
fn feature(at: vec2i, group: u32) -> vec4<TYPE> {
  let shape = (vec2i(look.size) + 1) / 2;
  if (any(at < vec2i(0)) || any(at >= shape)) { return vec4<TYPE>(0); }
  return given[(group * u32(shape.y) + u32(at.y)) * u32(shape.x) + u32(at.x)];
}`;

function vector(values: Float32Array, from: number, type: string): string {
  return `vec4<${type}>(${Array.from(values.subarray(from, from + 4), literal).join(", ")})`;
}
