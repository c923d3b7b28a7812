/** One WebGL2 context: its programs and textures, and the networks compiled for it. Several backends may use it in turn. */

import type { Surface } from "./backend";
import { CORNERS, convolution, SCALE, SHOW } from "./glsl";
import type { Layer, Network } from "./network";

/** The program of one layer. */
export interface Pass {
  readonly program: WebGLProgram;
  readonly layer: Layer;
}

interface Compiled {
  readonly passes: Pass[];
  /** The backends that loaded it. */
  readonly users: Set<object>;
}

export class GlContext {
  readonly device: string;
  /** Whether it can render to single precision. */
  readonly hasFloat: boolean;
  /** The largest width and height of a picture. */
  readonly largest: number;
  /** Resolves to the reason if the context is lost. */
  readonly lost: Promise<string>;
  readonly scale: WebGLProgram;
  readonly display: WebGLProgram;
  private readonly compiled = new Map<Network, Compiled>();

  /** @throws Error if there is no WebGL2, the context is lost, or it cannot render to floating-point textures. */
  static of(surface: Surface): GlContext {
    const settings: WebGLContextAttributes = {
      alpha: false,
      antialias: false,
      depth: false,
      powerPreference: "high-performance",
    };
    const gl = surface.getContext("webgl2", settings) as WebGL2RenderingContext | null;
    if (!gl) throw new Error("this browser has no WebGL2, or the canvas is in use by something else");
    if (gl.isContextLost()) throw new Error("the device is away");
    const hasFloat = gl.getExtension("EXT_color_buffer_float") !== null;
    if (!hasFloat && !gl.getExtension("EXT_color_buffer_half_float")) {
      throw new Error("WebGL2 has no floating point here");
    }
    return new GlContext(gl, surface, hasFloat);
  }

  private constructor(
    readonly gl: WebGL2RenderingContext,
    readonly surface: Surface,
    hasFloat: boolean,
  ) {
    this.hasFloat = hasFloat;
    const told = gl.getExtension("WEBGL_debug_renderer_info");
    this.device = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), ...gl.getParameter(gl.MAX_VIEWPORT_DIMS));
    this.lost = new Promise((resolve) => {
      surface.addEventListener("webglcontextlost", (event) => {
        event.preventDefault(); // otherwise the context is never restored
        resolve("the browser took the device away");
      });
    });
    gl.disable(gl.DITHER);
    gl.bindVertexArray(gl.createVertexArray());
    [this.scale, this.display] = [this.program(SCALE), this.program(SHOW)];
    for (const program of [this.scale, this.display]) this.check(program);
  }

  /** The passes of `network`, compiled the first time, and kept until each `user` has released it. */
  async load(network: Network, user: object): Promise<Pass[]> {
    const known = this.compiled.get(network) ?? { passes: this.compile(network), users: new Set() };
    this.compiled.set(network, known);
    known.users.add(user);
    const parallel = this.gl.getExtension("KHR_parallel_shader_compile");
    for (const { program } of known.passes) {
      while (parallel && !this.gl.isContextLost()) {
        if (this.gl.getProgramParameter(program, parallel.COMPLETION_STATUS_KHR)) break;
        await later(); // the frames until then are drawn with the network before
      }
      this.check(program);
    }
    return known.passes;
  }

  release(network: Network, user: object): void {
    const known = this.compiled.get(network);
    if (!known?.users.delete(user) || known.users.size) return;
    for (const { program } of known.passes) this.gl.deleteProgram(program);
    this.compiled.delete(network);
  }

  /** Releases all networks of `user`. */
  leave(user: object): void {
    for (const network of this.compiled.keys()) this.release(network, user);
  }

  texture(format?: number, width = 0, height = 0): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    if (format !== undefined) gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    return texture;
  }

  /** Resolves when the device has finished everything drawn so far. */
  async finished(): Promise<void> {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (!fence) return; // the context is lost
    gl.flush();
    while (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await later();
    gl.deleteSync(fence);
  }

  /** Gives the context back: browsers allow a page few of them. */
  lose(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private compile(network: Network): Pass[] {
    const last = network.layers.length - 1;
    return network.layers.map((layer, index) => {
      return { layer, program: this.program(convolution(layer, index === 0, index === last)) };
    });
  }

  private program(fragment: string): WebGLProgram {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [
      [gl.VERTEX_SHADER, CORNERS],
      [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
      const shader = gl.createShader(kind) as WebGLShader; // null on a lost context, which the calls below allow
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
    }
    gl.linkProgram(program);
    return program;
  }

  /** Waits until a program is compiled. @throws Error if it is faulty. */
  private check(program: WebGLProgram): void {
    const { gl } = this;
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`WebGL2 refused a shader: ${gl.getProgramInfoLog(program)}`);
    }
  }
}

/** Resolves in a later task, by a message: timers of hidden tabs wait for a second. */
function later(): Promise<void> {
  if (!globalThis.document?.hidden) return new Promise((resolve) => setTimeout(resolve, 1));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
