"""Measures the error of the WebGPU shaders in half precision, on a device that has `shader-f16`.

    python web/tests/library/half.py

Needs the output of `npm run models`, the package wgpu, and a Vulkan device such as Mesa's lavapipe. SwiftShader, the
software device in Chromium, has no half precision.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import wgpu
from PIL import Image

HERE = Path(__file__).parent
GOLDEN, MODELS = HERE.parent / "golden", HERE.parents[1] / "public/models"


def main() -> None:
    adapters = [each for each in wgpu.gpu.enumerate_adapters_sync() if "shader-f16" in each.features]
    if not adapters:
        raise SystemExit("no device with shader-f16; install mesa-vulkan-drivers")
    print(f"{adapters[0].info['device']}, levels off the definition")
    device = adapters[0].request_device_sync(required_features=["shader-f16"])
    pairs = json.loads((GOLDEN / "pairs.json").read_text())
    for model in dict.fromkeys(pair["model"] for pair in pairs):
        shaders = json.loads(subprocess.check_output(["node", HERE / "shaders.js", MODELS / model], text=True))
        off = [
            np.abs(_sharpened(device, shaders, _read(pair["input"])) - _read(pair["output"]).astype(int)).ravel()
            for pair in pairs
            if pair["model"] == model
        ]
        every = np.concatenate(off)
        print(f"{model:28} most {every.max()}  mean {every.mean():.4f}  differ {(every > 0).mean():.2%}")


def _read(name: str) -> np.ndarray:
    return np.asarray(Image.open(GOLDEN / name).convert("L"))


def _sharpened(device: wgpu.GPUDevice, shaders: dict, y: np.ndarray) -> np.ndarray:
    """What the shaders make of a grey picture: (H, W) uint8 -> (H, W) int."""
    height, width = y.shape
    rows, columns = -(-height // 2), -(-width // 2)
    usage = wgpu.TextureUsage.TEXTURE_BINDING | wgpu.TextureUsage.COPY_DST
    frame = device.create_texture(size=(width, height, 1), format="rgba8unorm", usage=usage)
    rgba = np.repeat(y[..., None], 4, axis=2)
    layout = {"bytes_per_row": 4 * width, "rows_per_image": height}
    device.queue.write_texture({"texture": frame}, np.ascontiguousarray(rgba), layout, (width, height, 1))
    numbers = np.array([width, height, 1, 0], np.float32)
    look = device.create_buffer_with_data(data=numbers, usage=wgpu.BufferUsage.UNIFORM)
    size = rows * columns * shaders["widest"] * 2
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    features = [device.create_buffer(size=size, usage=usage) for _ in range(2)]
    seen, buffers = wgpu.ShaderStage.COMPUTE, ("uniform", "read-only-storage", "storage")
    entries = [{"binding": 0, "visibility": seen, "texture": {}}]
    entries += [{"binding": 1 + k, "visibility": seen, "buffer": {"type": kind}} for k, kind in enumerate(buffers)]
    groups = device.create_bind_group_layout(entries=entries)
    commands = device.create_command_encoder()
    for index, code in enumerate(shaders["code"]):
        pipeline = device.create_compute_pipeline(
            layout=device.create_pipeline_layout(bind_group_layouts=[groups]),
            compute={"module": device.create_shader_module(code=code), "entry_point": "convolve"},
        )
        resources = frame.create_view(), look, features[1 - index % 2], features[index % 2]
        bound = [
            {"binding": k, "resource": each if k == 0 else {"buffer": each, "offset": 0, "size": each.size}}
            for k, each in enumerate(resources)
        ]
        work = commands.begin_compute_pass()
        work.set_pipeline(pipeline)
        work.set_bind_group(0, device.create_bind_group(layout=groups, entries=bound))
        work.dispatch_workgroups(-(-columns // shaders["side"]), -(-rows // shaders["side"]))
        work.end()
    device.queue.submit([commands.finish()])
    made = features[(len(shaders["code"]) - 1) % 2]
    blocks = np.frombuffer(device.queue.read_buffer(made, size=rows * columns * 8), np.float16).astype(float)
    change = blocks.reshape(rows, columns, 2, 2).swapaxes(1, 2).reshape(2 * rows, 2 * columns)[:height, :width]
    return np.clip(np.rint(y + 255 * change), 0, 255).astype(int)


if __name__ == "__main__":
    main()
