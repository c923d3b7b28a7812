/** What WebGPU draws frames of one size in, kept from frame to frame. */

export interface Held {
  readonly frame: GPUTexture;
  /** Two buffers that layers write in turn. */
  readonly features: readonly [GPUBuffer, GPUBuffer];
  readonly scaling: GPUBindGroup;
  readonly layers: readonly GPUBindGroup[];
  readonly showing: GPUBindGroup;
}

/** What of a backend does not depend on the size. */
export interface Parts {
  readonly gpu: GPUDevice;
  /** Size, strength and divider. */
  readonly look: GPUBuffer;
  readonly scale: GPURenderPipeline;
  readonly display: GPURenderPipeline;
  readonly bindings: GPUBindGroupLayout;
}

/**
 * @param came the texture of the picture as received.
 * @param count of the layers.
 * @param bytes of the features of each 2x2 block of pixels.
 * @throws RangeError if the device has too little memory for one of the buffers.
 */
export function held(
  parts: Parts,
  came: GPUTexture,
  width: number,
  height: number,
  count: number,
  bytes: number,
): Held {
  const { gpu, scale, display, bindings } = parts;
  const size = Math.ceil(width / 2) * Math.ceil(height / 2) * bytes;
  if (size > Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize)) {
    throw new RangeError(`a picture of ${width}x${height} is too large for the memory of this device`);
  }
  const buffer = () => gpu.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
  const [one, other] = [buffer(), buffer()];
  const frame = texture(gpu, width, height);
  const look = { binding: 1, resource: { buffer: parts.look } };
  const seen = { binding: 0, resource: frame.createView() };
  const layers = Array.from({ length: count }, (_, index) => {
    const [given, made] = index % 2 ? [one, other] : [other, one];
    const entries = [
      seen,
      look,
      { binding: 2, resource: { buffer: given } },
      { binding: 3, resource: { buffer: made } },
    ];
    return gpu.createBindGroup({ layout: bindings, entries });
  });
  const correction = { binding: 2, resource: { buffer: count % 2 ? one : other } };
  const received = { binding: 0, resource: came.createView() };
  const scaling = gpu.createBindGroup({ layout: scale.getBindGroupLayout(0), entries: [received, look] });
  const showing = gpu.createBindGroup({ layout: display.getBindGroupLayout(0), entries: [seen, look, correction] });
  return { frame, features: [one, other], scaling, layers, showing };
}

export function destroy({ frame, features }: Held): void {
  for (const each of [frame, ...features]) each.destroy();
}

export function texture(gpu: GPUDevice, width: number, height: number): GPUTexture {
  const { TEXTURE_BINDING, COPY_SRC, COPY_DST, RENDER_ATTACHMENT } = GPUTextureUsage;
  const usage = TEXTURE_BINDING | COPY_SRC | COPY_DST | RENDER_ATTACHMENT;
  return gpu.createTexture({ size: [width, height], format: "rgba8unorm", usage });
}
