/** The WebGL2 backend: fragment shaders, for browsers without WebGPU. */

import { type Backend, type Look, type Picture, type Surface, sizeOf } from "./backend";
import { CORNERS, convolution, SCALE, SHOW, sources } from "./glsl";
import type { Layer, Network } from "./network";
import { readFramebuffer } from "./readback";
import type { Place } from "./tiles";

/** @throws Error if there is no WebGL2, or it cannot render to floating-point textures. */
export function openWebGl(surface: Surface, half: boolean): Backend {
  const settings: WebGLContextAttributes = {
    alpha: false,
    antialias: false,
    depth: false,
    powerPreference: "high-performance",
  };
  const gl = surface.getContext("webgl2", settings) as WebGL2RenderingContext | null;
  if (!gl) throw new Error("this browser has no WebGL2, or the canvas is in use by something else");
  if (gl.isContextLost()) throw new Error("the device is away");
  const full = gl.getExtension("EXT_color_buffer_float") !== null;
  if (!full && !gl.getExtension("EXT_color_buffer_half_float")) throw new Error("WebGL2 has no floating point here");
  return new WebGl(gl, surface, half || !full);
}

interface Pass {
  program: WebGLProgram;
  layer: Layer;
}

interface Held {
  width: number;
  height: number;
  frame: WebGLTexture;
  /** Two sets of textures that layers write in turn. */
  features: [WebGLTexture[], WebGLTexture[]];
  buffer: WebGLFramebuffer;
}

class WebGl implements Backend {
  readonly name = "webgl2";
  readonly precision: "f16" | "f32";
  readonly device: string;
  readonly lost: Promise<string>;
  private readonly scale: WebGLProgram;
  private readonly display: WebGLProgram;
  private readonly came: WebGLTexture;
  private readonly loaded = new Map<Network, Pass[]>();
  private passes: Pass[] = [];
  private held: Held | undefined;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly surface: Surface,
    private readonly half: boolean,
  ) {
    this.precision = half ? "f16" : "f32";
    const told = gl.getExtension("WEBGL_debug_renderer_info");
    this.device = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
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
    this.came = this.texture();
  }

  async load(network: Network): Promise<void> {
    const passes = this.loaded.get(network) ?? this.compiled(network);
    this.loaded.set(network, passes);
    const parallel = this.gl.getExtension("KHR_parallel_shader_compile");
    for (const { program } of passes) {
      while (parallel && !this.gl.isContextLost()) {
        if (this.gl.getProgramParameter(program, parallel.COMPLETION_STATUS_KHR)) break;
        await later(); // the frames until then are drawn with the network before
      }
      this.check(program);
    }
    if (widest(passes) !== widest(this.passes)) this.forget();
    this.passes = passes;
  }

  release(network: Network): void {
    for (const { program } of this.loaded.get(network) ?? []) this.gl.deleteProgram(program);
    this.loaded.delete(network);
  }

  private compiled(network: Network): Pass[] {
    const last = network.layers.length - 1;
    return network.layers.map((layer, index) => {
      return { layer, program: this.program(convolution(layer, index === 0, index === last)) };
    });
  }

  draw(picture: Picture, width: number, height: number, look: Look): void {
    const { gl } = this;
    const held = this.hold(width, height);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.came);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.BROWSER_DEFAULT_WEBGL);
    const [sourceWidth, sourceHeight] = sizeOf(picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, sourceWidth, sourceHeight, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture);

    gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
    this.run(this.scale, { picture: this.came }, [held.frame], width, height);
    let given: WebGLTexture[] = held.features[0];
    const passes = look.strength ? this.passes : []; // the correction of an earlier frame, times 0, changes nothing
    passes.forEach(({ program, layer }, index) => {
      const made = held.features[(index % 2) as 0 | 1].slice(0, layer.outputs / 4);
      const read = index
        ? Object.fromEntries(sources(layer).map((name, k) => [name, given[k] as WebGLTexture]))
        : { frame: held.frame };
      this.run(program, read, made, Math.ceil(width / 2), Math.ceil(height / 2));
      given = made;
    });
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.useProgram(this.display);
    gl.uniform1f(gl.getUniformLocation(this.display, "strength"), look.strength);
    gl.uniform1f(gl.getUniformLocation(this.display, "split"), look.split);
    this.run(this.display, { frame: held.frame, correction: given[0] as WebGLTexture }, [], width, height);
  }

  async read(places: readonly Place[]): Promise<Uint8Array> {
    const { gl, held } = this;
    if (!held) throw new Error("nothing was drawn");
    gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, held.frame, 0);
    return readFramebuffer(gl, places, () => this.finished());
  }

  async finished(): Promise<void> {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (!fence) return; // the context is lost
    gl.flush();
    while (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await later();
    gl.deleteSync(fence);
  }

  close(canvas: boolean): void {
    this.forget();
    this.gl.deleteTexture(this.came);
    for (const program of [this.scale, this.display]) this.gl.deleteProgram(program);
    for (const network of this.loaded.keys()) this.release(network);
    if (canvas) this.gl.getExtension("WEBGL_lose_context")?.loseContext(); // browsers allow few contexts
  }

  /** Draws over width x height of `targets`, or of the canvas if there are none. */
  private run(
    program: WebGLProgram,
    read: Record<string, WebGLTexture>,
    targets: WebGLTexture[],
    width: number,
    height: number,
  ): void {
    const { gl } = this;
    gl.useProgram(program);
    Object.entries(read).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    gl.uniform2i(gl.getUniformLocation(program, "size"), this.held?.width ?? 0, this.held?.height ?? 0);
    if (targets.length) {
      for (let k = 0; k < 4; k++) {
        const attachment = gl.COLOR_ATTACHMENT0 + k;
        gl.framebufferTexture2D(gl.FRAMEBUFFER, attachment, gl.TEXTURE_2D, targets[k] ?? null, 0);
      }
      gl.drawBuffers(targets.map((_, k) => gl.COLOR_ATTACHMENT0 + k));
    }
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
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

  private texture(format?: number, width = 0, height = 0): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
    if (format !== undefined) gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
    return texture;
  }

  /** The textures for frames of one size, kept from frame to frame. */
  private hold(width: number, height: number): Held {
    if (this.held?.width === width && this.held.height === height) return this.held;
    this.forget();
    [this.surface.width, this.surface.height] = [width, height];
    const format = this.half ? this.gl.RGBA16F : this.gl.RGBA32F;
    const groups = widest(this.passes) / 4;
    const [across, down] = [Math.ceil(width / 2), Math.ceil(height / 2)];
    const some = () => Array.from({ length: groups }, () => this.texture(format, across, down));
    const frame = this.texture(this.gl.RGBA8, width, height);
    this.held = { width, height, frame, features: [some(), some()], buffer: this.gl.createFramebuffer() };
    return this.held;
  }

  private forget(): void {
    if (!this.held) return;
    const { frame, features, buffer } = this.held;
    for (const texture of [frame, ...features.flat()]) this.gl.deleteTexture(texture);
    this.gl.deleteFramebuffer(buffer);
    this.held = undefined;
  }
}

/** The largest number of channels between layers. */
const widest = (passes: readonly Pass[]): number => Math.max(0, ...passes.map(({ layer }) => layer.outputs));

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
