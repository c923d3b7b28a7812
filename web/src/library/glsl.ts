/** The network as WebGL2 fragment shaders: one pass per layer, which writes up to four textures of four channels. */

import { CUBIC, LUMA } from "./backend";
import { type Layer, literal, matrix } from "./network";

const HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform ivec2 size;`;

export const CORNERS = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;

/** Scales the received picture to the output size, in 8 bits as in training. */
export const SCALE = `${HEAD}
uniform sampler2D picture;
out vec4 made;
float cubic(float t) {${CUBIC.replaceAll("let ", "float ")}
}
void main() {
  ivec2 have = textureSize(picture, 0);
  if (have == size) { made = texelFetch(picture, ivec2(gl_FragCoord.xy), 0); return; }
  vec2 place = gl_FragCoord.xy * vec2(have) / vec2(size) - 0.5;
  vec2 first = floor(place);
  vec4 sum = vec4(0.0);
  for (int v = -1; v <= 2; v++) {
    for (int h = -1; h <= 2; h++) {
      vec2 offset = vec2(float(h), float(v));
      vec2 t = place - first - offset;
      sum += cubic(t.x) * cubic(t.y) * texelFetch(picture, clamp(ivec2(first + offset), ivec2(0), have - 1), 0);
    }
  }
  made = clamp(sum, 0.0, 1.0);
}`;

/** Draws the picture unchanged, or with the correction of its 2x2 block added. Row 0 is the top in textures, and the bottom in the canvas. */
export const SHOW = `${HEAD}
uniform sampler2D frame;
uniform sampler2D correction;
uniform float strength;
uniform float split;
out vec4 made;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  at.y = size.y - 1 - at.y;
  vec3 came = texelFetch(frame, at, 0).rgb;
  vec4 block = texelFetch(correction, at / 2, 0);
  float change = float(at.x) + 0.5 >= split * float(size.x) ? strength * block[(at.y % 2) * 2 + at.x % 2] : 0.0;
  made = vec4(clamp(came + change, 0.0, 1.0), 1.0);
}`;

export function convolution(layer: Layer, first: boolean, last: boolean): string {
  const groups = layer.outputs / 4;
  const outs = Array.from({ length: groups }, (_, g) => `layout(location = ${g}) out vec4 made${g};`);
  const ins = first ? ["uniform sampler2D frame;"] : sources(layer).map((name) => `uniform sampler2D ${name};`);
  const sums = Array.from({ length: groups }, (_, g) => `  vec4 sum${g} = ${vector(layer.bias, 4 * g)};`);
  const taps: string[] = [];
  for (let place = 0; place < 9; place++) {
    const [dx, dy] = [(place % 3) - 1, Math.floor(place / 3) - 1];
    taps.push(`  there = at + ivec2(${dx}, ${dy});`);
    for (let input = 0; input < layer.inputs / 4; input++) {
      taps.push(`  x = ${first ? "block(there)" : `feature(given${input}, there)`};`);
      for (let g = 0; g < groups; g++) {
        taps.push(`  sum${g} += mat4(${matrix(layer, g, input, place).map(literal).join(", ")}) * x;`);
      }
    }
  }
  const keeps = Array.from({ length: groups }, (_, g) => `  made${g} = ${last ? `sum${g}` : `max(sum${g}, 0.0)`};`);
  return `${[HEAD, ...ins, ...outs].join("\n")}
${first ? BLOCK : FEATURE}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  ivec2 there;
  vec4 x;
${[...sums, ...taps, ...keeps].join("\n")}
}`;
}

/** The names of the textures that a layer reads. */
export function sources(layer: Layer): string[] {
  return Array.from({ length: layer.inputs / 4 }, (_, input) => `given${input}`);
}

// Outside the picture the nearest block is repeated; in a half block at the border, the nearest pixel.
const BLOCK = `
float luma(ivec2 at) {
  return dot(texelFetch(frame, min(at, size - 1), 0).rgb, vec3(${LUMA.join(", ")}));
}
vec4 block(ivec2 at) {
  ivec2 corner = 2 * clamp(at, ivec2(0), (size + 1) / 2 - 1);
  return vec4(luma(corner), luma(corner + ivec2(1, 0)), luma(corner + ivec2(0, 1)), luma(corner + 1));
}`;

// Outside the picture features are zero.
const FEATURE = `
vec4 feature(sampler2D given, ivec2 at) {
  ivec2 shape = (size + 1) / 2;
  bool inside = all(greaterThanEqual(at, ivec2(0))) && all(lessThan(at, shape));
  return inside ? texelFetch(given, at, 0) : vec4(0.0);
}`;

function vector(values: Float32Array, from: number): string {
  return `vec4(${Array.from(values.subarray(from, from + 4), literal).join(", ")})`;
}
