/** Reads places of equal size back from a device while it goes on drawing: red, green, blue and alpha, place after place. */

import type { Place } from "./tiles";

export async function readTexture(gpu: GPUDevice, frame: GPUTexture, places: readonly Place[]): Promise<Uint8Array> {
  const { width = 0, height = 0 } = places[0] ?? {};
  const bytesPerRow = Math.ceil((4 * width) / 256) * 256; // as WebGPU demands
  const size = bytesPerRow * height;
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const buffer = gpu.createBuffer({ size: size * places.length, usage });
  const commands = gpu.createCommandEncoder();
  for (const [index, { left, top }] of places.entries()) {
    const from = { texture: frame, origin: [left, top] };
    commands.copyTextureToBuffer(from, { buffer, offset: index * size, bytesPerRow }, [width, height]);
  }
  gpu.queue.submit([commands.finish()]);
  try {
    await buffer.mapAsync(GPUMapMode.READ);
    const padded = new Uint8Array(buffer.getMappedRange());
    const made = new Uint8Array(4 * width * height * places.length);
    for (let row = 0; row < height * places.length; row++) {
      made.set(padded.subarray(row * bytesPerRow, row * bytesPerRow + 4 * width), 4 * row * width);
    }
    return made;
  } finally {
    buffer.destroy();
  }
}

/**
 * @param gl its framebuffer has the texture as the first colour; another is bound afterwards.
 * @param finished waits for the device.
 */
export async function readFramebuffer(
  gl: WebGL2RenderingContext,
  places: readonly Place[],
  finished: () => Promise<void>,
): Promise<Uint8Array> {
  const { width = 0, height = 0 } = places[0] ?? {};
  const size = 4 * width * height;
  const made = new Uint8Array(size * places.length);
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
  gl.bufferData(gl.PIXEL_PACK_BUFFER, made.length, gl.STREAM_READ);
  for (const [index, { left, top }] of places.entries()) {
    gl.readPixels(left, top, width, height, gl.RGBA, gl.UNSIGNED_BYTE, size * index);
  }
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null); // otherwise other reads of the context would write there
  await finished();
  if (gl.isContextLost()) throw new Error("the device is away");
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
  gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, made);
  gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
  gl.deleteBuffer(buffer);
  return made;
}
