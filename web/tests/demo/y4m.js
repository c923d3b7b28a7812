/** A file for Chromium's fake camera: soft blobs that do not move. */
export const [WIDTH, HEIGHT] = [320, 240];

export function y4m(frames = 3) {
  const luma = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      luma[y * WIDTH + x] = 128 + 80 * Math.sin(x / 17 + y / 60) * Math.cos(y / 23);
    }
  }
  const chroma = new Uint8Array((WIDTH * HEIGHT) / 2).fill(128);
  const parts = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`)];
  for (let frame = 0; frame < frames; frame++) parts.push(Buffer.from("FRAME\n"), luma, chroma);
  return Buffer.concat(parts);
}
