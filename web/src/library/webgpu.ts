/** The WebGPU backend: compute shaders, all layers of a frame in one submission. */

import { type Backend, type Look, type Picture, type Surface, sizeOf } from "./backend";
import { destroy, type Held, held, type Parts, texture } from "./gpuframe";
import type { Network } from "./network";
import { readTexture } from "./readback";
import type { Place } from "./tiles";
import { convolution, SCALE, SIDE, show } from "./wgsl";

export interface Choice {
  /** Whether to use half precision if the device supports it. */
  half: boolean;
  /** Whether a software device is accepted. */
  software: boolean;
}

/** @throws Error if there is no WebGPU, or no device for it. */
export async function openWebGpu(surface: Surface, choice: Choice): Promise<Backend> {
  if (!navigator.gpu) throw new Error("this browser has no WebGPU");
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("WebGPU has no device here");
  if (adapter.info?.isFallbackAdapter && !choice.software) throw new Error("WebGPU has only a software device here");
  const half = choice.half && adapter.features.has("shader-f16");
  const { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D } = adapter.limits;
  const limits = { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D };
  const device = await adapter.requestDevice({ requiredFeatures: half ? ["shader-f16"] : [], requiredLimits: limits });
  const context = surface.getContext("webgpu") as GPUCanvasContext | null;
  if (!context) throw new Error("the canvas is in use by something else than WebGPU");
  const { vendor = "", architecture = "", description = "" } = adapter.info ?? {}; // older browsers have no `info`
  return new WebGpu(device, context, surface, half, description || `${vendor} ${architecture}`.trim() || "unnamed");
}

class WebGpu implements Backend, Parts {
  readonly name = "webgpu";
  readonly precision: "f16" | "f32";
  readonly lost: Promise<string>;
  private readonly format = navigator.gpu.getPreferredCanvasFormat();
  readonly look: GPUBuffer;
  readonly scale: GPURenderPipeline;
  readonly display: GPURenderPipeline;
  readonly bindings: GPUBindGroupLayout;
  private readonly loaded = new Map<Network, Promise<GPUComputePipeline[]>>();
  private layers: GPUComputePipeline[] = [];
  private widest = 0;
  private came: GPUTexture | undefined;
  private held: Held | undefined;

  constructor(
    readonly gpu: GPUDevice,
    private readonly context: GPUCanvasContext,
    private readonly surface: Surface,
    private readonly half: boolean,
    readonly device: string,
  ) {
    this.precision = half ? "f16" : "f32";
    this.lost = gpu.lost.then((info) => info.message || info.reason);
    context.configure({ device: gpu, format: this.format, alphaMode: "opaque" });
    this.look = gpu.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.bindings = this.layout();
    this.scale = this.render(SCALE, "scale", "rgba8unorm");
    this.display = this.render(show(half), "show", this.format);
  }

  get largest(): number {
    return this.gpu.limits.maxTextureDimension2D;
  }

  async load(network: Network): Promise<void> {
    const compiled = this.loaded.get(network) ?? this.compiled(network);
    this.loaded.set(network, compiled);
    const [layers, widest] = [await compiled, Math.max(...network.layers.map((layer) => layer.outputs))];
    if (layers.length !== this.layers.length || widest !== this.widest) this.forget();
    [this.layers, this.widest] = [layers, widest];
  }

  release(network: Network): void {
    this.loaded.delete(network);
  }

  private compiled(network: Network): Promise<GPUComputePipeline[]> {
    const last = network.layers.length - 1;
    const layout = this.gpu.createPipelineLayout({ bindGroupLayouts: [this.bindings] });
    const made = network.layers.map((layer, index) => {
      const module = this.gpu.createShaderModule({ code: convolution(layer, index === 0, index === last, this.half) });
      return this.gpu.createComputePipelineAsync({ layout, compute: { module, entryPoint: "convolve" } });
    });
    return Promise.all(made);
  }

  draw(picture: Picture, width: number, height: number, look: Look): void {
    const [sourceWidth, sourceHeight] = sizeOf(picture);
    const came = this.arrived(sourceWidth, sourceHeight);
    const held = this.hold(came, width, height);
    this.gpu.queue.copyExternalImageToTexture({ source: picture }, { texture: came }, [sourceWidth, sourceHeight]);
    this.gpu.queue.writeBuffer(this.look, 0, new Float32Array([width, height, look.strength, look.split]));
    const commands = this.gpu.createCommandEncoder();
    this.pass(commands, this.scale, held.scaling, held.frame);
    const compute = commands.beginComputePass();
    const layers = look.strength ? this.layers : []; // the correction of an earlier frame, times 0, changes nothing
    layers.forEach((pipeline, index) => {
      compute.setPipeline(pipeline);
      compute.setBindGroup(0, held.layers[index] as GPUBindGroup);
      compute.dispatchWorkgroups(Math.ceil(width / 2 / SIDE), Math.ceil(height / 2 / SIDE));
    });
    compute.end();
    this.pass(commands, this.display, held.showing, this.context.getCurrentTexture());
    this.gpu.queue.submit([commands.finish()]);
  }

  async read(places: readonly Place[]): Promise<Uint8Array> {
    if (!this.held) throw new Error("nothing was drawn");
    return readTexture(this.gpu, this.held.frame, places);
  }

  async finished(): Promise<void> {
    await this.gpu.queue.onSubmittedWorkDone();
  }

  close(_canvas: boolean): void {
    this.forget();
    this.came?.destroy();
    this.context.unconfigure();
    this.gpu.destroy();
  }

  private render(code: string, entryPoint: string, format: GPUTextureFormat): GPURenderPipeline {
    const module = this.gpu.createShaderModule({ code });
    const fragment = { module, entryPoint, targets: [{ format }] };
    return this.gpu.createRenderPipeline({ layout: "auto", vertex: { module, entryPoint: "corner" }, fragment });
  }

  /** One layout for all layers, although the first reads no features and the others no frame. */
  private layout(): GPUBindGroupLayout {
    const visibility = GPUShaderStage.COMPUTE;
    const entries: GPUBindGroupLayoutEntry[] = [
      { binding: 0, visibility, texture: {} },
      { binding: 1, visibility, buffer: { type: "uniform" } },
      { binding: 2, visibility, buffer: { type: "read-only-storage" } },
      { binding: 3, visibility, buffer: { type: "storage" } },
    ];
    return this.gpu.createBindGroupLayout({ entries });
  }

  private pass(
    commands: GPUCommandEncoder,
    pipeline: GPURenderPipeline,
    group: GPUBindGroup,
    target: GPUTexture,
  ): void {
    const pass = commands.beginRenderPass({
      colorAttachments: [{ view: target.createView(), loadOp: "clear", storeOp: "store" }],
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.draw(3);
    pass.end();
  }

  /** The texture that received pictures are copied to. */
  private arrived(width: number, height: number): GPUTexture {
    if (this.came?.width !== width || this.came.height !== height) {
      this.came?.destroy();
      this.came = texture(this.gpu, width, height);
      this.forget();
    }
    return this.came;
  }

  /** The buffers for frames of one size, kept from frame to frame. */
  private hold(came: GPUTexture, width: number, height: number): Held {
    if (this.held?.frame.width === width && this.held.frame.height === height) return this.held;
    this.forget();
    const bytes = this.widest * (this.half ? 2 : 4);
    this.held = held(this, came, width, height, this.layers.length, bytes);
    [this.surface.width, this.surface.height] = [width, height];
    return this.held;
  }

  private forget(): void {
    if (this.held) destroy(this.held);
    this.held = undefined;
  }
}
