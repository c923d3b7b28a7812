import { readNetwork } from "../../src/library/network";
import { convolution, SIDE } from "../../src/library/wgsl";

export function layers(file: ArrayBuffer) {
  const { layers } = readNetwork(file);
  const code = layers.map((layer, index) => convolution(layer, index === 0, index === layers.length - 1, true));
  return { side: SIDE, widest: Math.max(...layers.map((layer) => layer.outputs)), code };
}
