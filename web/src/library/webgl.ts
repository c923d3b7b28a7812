/** The WebGL2 backend: fragment shaders, for browsers without WebGPU. */

import { type Backend, type Look, type Picture, type Surface, sizeOf } from "./backend";
import { GlContext, type Pass } from "./glcontext";
import { sources } from "./glsl";
import type { Network } from "./network";
import { readFramebuffer } from "./readback";
import { joinShared, leaveShared } from "./shared";
import type { Place } from "./tiles";

/**
 * @param half half precision between layers.
 * @param isShared draws in the page's shared context; `surface` receives the picture as a bitmap.
 * @throws Error if there is no WebGL2, or it cannot render to floating-point textures.
 */
export function openWebGl(surface: Surface, half: boolean, isShared: boolean): Backend {
  if (!isShared) return new WebGl(GlContext.of(surface), surface, half);
  const bitmap = surface.getContext("bitmaprenderer") as ImageBitmapRenderingContext | null;
  if (!bitmap) throw new Error("the canvas is in use by something else");
  return new WebGl(joinShared(surface), surface, half, bitmap);
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
  private readonly gl: WebGL2RenderingContext;
  private readonly came: WebGLTexture;
  private passes: Pass[] = [];
  private held: Held | undefined;

  /** @param bitmap of `surface`, if `context` is the shared one. */
  constructor(
    private readonly context: GlContext,
    private readonly surface: Surface,
    half: boolean,
    private readonly bitmap?: ImageBitmapRenderingContext,
  ) {
    this.gl = context.gl;
    this.precision = half || !context.hasFloat ? "f16" : "f32";
    [this.device, this.lost] = [context.device, context.lost];
    this.came = context.texture();
  }

  get largest(): number {
    return this.context.largest;
  }

  async load(network: Network): Promise<void> {
    const passes = await this.context.load(network, this);
    if (widest(passes) !== widest(this.passes)) this.forget();
    this.passes = passes;
  }

  release(network: Network): void {
    this.context.release(network, this);
  }

  draw(picture: Picture, width: number, height: number, look: Look): void {
    const { gl } = this;
    const { scale, display } = this.context;
    const held = this.hold(width, height);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.came);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.BROWSER_DEFAULT_WEBGL);
    const [sourceWidth, sourceHeight] = sizeOf(picture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, sourceWidth, sourceHeight, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture);

    gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
    this.run(scale, { picture: this.came }, [held.frame], width, height);
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
    resize(this.context.surface, width, height);
    gl.useProgram(display);
    gl.uniform1f(gl.getUniformLocation(display, "strength"), look.strength);
    gl.uniform1f(gl.getUniformLocation(display, "split"), look.split);
    this.run(display, { frame: held.frame, correction: given[0] as WebGLTexture }, [], width, height);
    if (!this.bitmap || gl.isContextLost()) return;
    this.bitmap.transferFromImageBitmap((this.context.surface as OffscreenCanvas).transferToImageBitmap());
  }

  async read(places: readonly Place[]): Promise<Uint8Array> {
    const { gl, held } = this;
    if (!held) throw new Error("nothing was drawn");
    gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, held.frame, 0);
    return readFramebuffer(gl, places, () => this.finished());
  }

  finished(): Promise<void> {
    return this.context.finished();
  }

  close(canvas: boolean): void {
    this.forget();
    this.gl.deleteTexture(this.came);
    this.context.leave(this);
    if (this.bitmap) leaveShared(this.surface);
    else if (canvas) this.context.lose();
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

  /** The textures for frames of one size, kept from frame to frame. */
  private hold(width: number, height: number): Held {
    if (this.held?.width === width && this.held.height === height) return this.held;
    this.forget();
    resize(this.surface, width, height);
    const { context, gl } = this;
    const format = this.precision === "f16" ? gl.RGBA16F : gl.RGBA32F;
    const groups = widest(this.passes) / 4;
    const [across, down] = [Math.ceil(width / 2), Math.ceil(height / 2)];
    const some = () => Array.from({ length: groups }, () => context.texture(format, across, down));
    const frame = context.texture(gl.RGBA8, width, height);
    this.held = { width, height, frame, features: [some(), some()], buffer: gl.createFramebuffer() };
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

/** Setting the size clears a canvas, even if it is the same. */
function resize(surface: Surface, width: number, height: number): void {
  if (surface.width !== width) surface.width = width;
  if (surface.height !== height) surface.height = height;
}
