/** What a receiver knows of a stream besides its pixels: inputs of the router, all optional. As in Crispen's Python. */

const CODECS = ["h264", "vp8", "vp9", "av1", "none"]; // those that the routers were trained with
const [USUAL_FACTOR, USUAL_BITS] = [0.6, -4]; // logarithms to base 2 that become 0
const RANGE = 4; // larger magnitudes are clipped; training saw nothing beyond

/** The number of `streamInputs`. */
export const STREAM_INPUTS = 5 + CODECS.length;

export interface StreamInfo {
  /** Rows of the picture that is sharpened over rows of the picture as it left the decoder. Not above 0: not known. */
  readonly factor?: number;
  /** "h264", "vp8", "vp9", "av1", or "none" if nothing was compressed. Any other name counts as not known. */
  readonly codec?: string;
  /**
   * Bits per pixel of the decoded picture: bit rate / (rows * columns * frames per second). Not above 0: not known. Used with
   * `codec` only.
   */
  readonly bitsPerPixel?: number;
}

/** The router's inputs for a picture, or a frame of a video: the last is 1 for that. Zeros for what is not known. */
export function streamInputs({ factor, codec, bitsPerPixel }: StreamInfo, isVideo: boolean): Float32Array {
  const found = new Float32Array(STREAM_INPUTS);
  found[STREAM_INPUTS - 1] = Number(isVideo);
  if (isPositive(factor)) found.set([1, clipped(Math.log2(factor) - USUAL_FACTOR)]);
  const at = codec ? CODECS.indexOf(codec) : -1;
  if (at < 0 || (codec !== "none" && !isPositive(bitsPerPixel))) return found;
  found.set([1, codec === "none" ? 0 : clipped(Math.log2(bitsPerPixel as number) - USUAL_BITS)], 2);
  found[4 + at] = 1;
  return found;
}

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0 && value < Infinity;
}

function clipped(value: number): number {
  return Math.max(-RANGE, Math.min(RANGE, value));
}
