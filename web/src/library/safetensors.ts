/** Reads files of named tensors (safetensors, https://huggingface.co/docs/safetensors). */

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

export interface Tensors {
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** The numbers and the shape of a tensor in float32 or float16. @throws Error if it is missing or cut short. */
  tensor(name: string): [Float32Array, number[]];
}

/** @throws Error if `file` is not such a file. */
export function readTensors(file: ArrayBuffer): Tensors {
  const [header, data] = parts(file);
  const metadata = (header.__metadata__ ?? {}) as Record<string, string>;
  return {
    metadata,
    has: (name) => name in header,
    tensor: (name) => {
      const {
        dtype,
        shape,
        data_offsets: [from, to],
      } = (header[name] ?? { data_offsets: [0, 0] }) as Entry;
      if (!["F32", "F16"].includes(dtype) || to > data.byteLength) {
        throw new Error(`${name} is missing, cut short, or neither in float32 nor in float16`);
      }
      const bytes = data.slice(from, to);
      return [dtype === "F32" ? new Float32Array(bytes) : Float32Array.from(new Uint16Array(bytes), fromHalf), shape];
    },
  };
}

function parts(file: ArrayBuffer): [Record<string, unknown>, ArrayBuffer] {
  try {
    const length = Number(new DataView(file).getBigUint64(0, true));
    return [JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))), file.slice(8 + length)];
  } catch {
    throw new Error("this is no safetensors file, or only a part of one");
  }
}

/** The number with these bits in float16 (IEEE 754 binary16); infinity and NaN do not occur in Crispen's files. */
function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const size = exponent ? (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15) : (bits & 1023) * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}
