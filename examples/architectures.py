"""Compares student architectures: the same steps, tiles and seed for each, and the time of a 1080p frame.

    python examples/architectures.py PAIRS FOLDER [--steps 2500] [--only NAME,...] [--time]

PAIRS is a pair set. Finished runs in FOLDER are kept. Times are OpenVINO's in float32 with two threads, medians of
alternating rounds; --time measures them without training. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.model.rep_conv import RepConv, zero_output
from crispen.telemetry import import_without_telemetry
from crispen.train.loop import train
from crispen.train.objectives import objective
from crispen.train.recipes import STUDENT_CONFIG, sampling_weight

openvino = import_without_telemetry("openvino")

HEIGHT, WIDTH, ROUNDS = 1080, 1920, 15


class Gate(nn.Module):
    """Multiplies the two halves of the channels: SimpleGate (NAFNet, Chen et al., 2022)."""

    def forward(self, x_nchw):
        one, other = x_nchw.chunk(2, dim=1)
        return one * other


class ChannelAttention(nn.Module):
    """ReLU, then a factor for each channel from the means of all: squeeze and excitation (Hu et al., 2018)."""

    def __init__(self, width: int):
        super().__init__()
        self.squeeze, self.excite = nn.Conv2d(width, width // 4, 1), nn.Conv2d(width // 4, width, 1)

    def forward(self, x_nchw):
        x_nchw = x_nchw.relu()
        return x_nchw * self.excite(self.squeeze(x_nchw.mean((2, 3), keepdim=True)).relu()).sigmoid()


class SpatialAttention(nn.Module):
    """ReLU, then a factor for each position from a 1x1 convolution: pixel attention (Zhao et al., 2020)."""

    def __init__(self, width: int):
        super().__init__()
        self.look = nn.Conv2d(width, width, 1)

    def forward(self, x_nchw):
        x_nchw = x_nchw.relu()
        return x_nchw * self.look(x_nchw).sigmoid()


class FreeAttention(nn.Module):
    """ReLU, then a factor for each value from its distance to the channel's mean: SimAM (Yang et al., 2021)."""

    def forward(self, x_nchw):
        x_nchw = x_nchw.relu()
        apart = (x_nchw - x_nchw.mean((2, 3), keepdim=True)) ** 2
        return x_nchw * (apart / (4 * (apart.mean((2, 3), keepdim=True) + 1e-4)) + 0.5).sigmoid()


class TwoResolutions(nn.Module):
    """ReLU, plus a 3x3 convolution of the features at half resolution: multi-scale features."""

    def __init__(self, width: int):
        super().__init__()
        self.coarse = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.coarse.weight)

    def forward(self, x_nchw):
        x_nchw = x_nchw.relu()
        wide = self.coarse(functional.avg_pool2d(x_nchw, 2)).relu()
        return x_nchw + functional.interpolate(wide, scale_factor=2.0, mode="nearest")


class Network(nn.Module):
    """The student (crispen.model.student) with another block size, width or depth, or `between` instead of ReLU.

    Args:
        unshuffle: Side of the pixel block that becomes channels.
        width: Hidden channels.
        depth: Middle layers.
        between: From a width to the module between two convolutions.
        widen: Output channels of a convolution for each channel that `between` returns.
        branches: Whether RepConv has its branches beside the 3x3.
    """

    def __init__(
        self,
        unshuffle: int = 2,
        width: int = 16,
        depth: int = 2,
        between: Callable[[int], nn.Module] = lambda width: nn.ReLU(),
        widen: int = 1,
        branches: bool = True,
    ):
        super().__init__()
        block = unshuffle**2
        ins, outs = [block, *[width] * (depth + 1)], [*[width * widen] * (depth + 1), block]
        self.unshuffle, last = unshuffle, depth + 1
        self.convs = nn.ModuleList(
            RepConv(i, o, zero_mean=k == 0, gain=0.1 if k == last else 1.0)
            for k, (i, o) in enumerate(zip(ins, outs, strict=True))
        )
        for conv in self.convs if not branches else ():
            conv.skip = False  # type: ignore[assignment]
            for branch in (conv.conv1, conv.expand, conv.squeeze):  # type: ignore[union-attr]
                nn.init.zeros_(branch.weight)  # type: ignore[union-attr]
                branch.requires_grad_(False)  # type: ignore[union-attr]
        zero_output(self.convs[-1])  # type: ignore[arg-type]
        self.between = nn.ModuleList(between(width) for _ in range(depth + 1))

    def forward(self, x_nchw):
        features = functional.pixel_unshuffle(x_nchw, self.unshuffle).contiguous(memory_format=torch.channels_last)
        for conv, between in zip(self.convs[:-1], self.between, strict=True):  # type: ignore[index]
            features = between(conv(features))
        return x_nchw + functional.pixel_shuffle(self.convs[-1](features), self.unshuffle)


VARIANTS: dict[str, Callable[[], Network]] = {
    "2, 16, 2, ReLU (`balanced`)": Network,
    "without branches": lambda: Network(branches=False),
    "PReLU": lambda: Network(between=lambda width: nn.PReLU(width)),
    "gate, 12 of 24 channels": lambda: Network(width=12, between=lambda width: Gate(), widen=2),
    "channel attention": lambda: Network(between=ChannelAttention),
    "spatial attention": lambda: Network(between=SpatialAttention),
    "parameter-free attention": lambda: Network(between=lambda width: FreeAttention()),
    "two grids": lambda: Network(between=TwoResolutions),
    "2, 24, 1": lambda: Network(2, 24, 1),
    "2, 12, 4": lambda: Network(2, 12, 4),
    "4, 32, 2": lambda: Network(4, 32, 2),
    "8, 64, 1": lambda: Network(8, 64, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--only", default=";".join(VARIANTS), help="names, separated by ;")
    parser.add_argument("--time", action="store_true")
    args = parser.parse_args()
    names = args.only.split(";")
    if args.time:
        (args.folder / "times.json").write_text(json.dumps(milliseconds(names)))
        return
    torch.set_num_threads(1)
    for name in names:
        core = trained_gain(name, args.pairs, args.folder / name.replace("`", ""), args.steps)
        print(f"{name}: {core['psnr']:+.3f} dB {core['ssim']:+.4f}", flush=True)


def trained_gain(name: str, pairs: Path, folder: Path, steps: int) -> dict[str, float]:
    """The gain of the network on the validation tiles after `steps`."""
    torch.manual_seed(1)
    config = replace(STUDENT_CONFIG, steps=steps, validate_every=steps)
    tiles, validation = Tiles(pairs, weigh=sampling_weight), validation_tiles(pairs, config.validation_tiles)
    train(VARIANTS[name](), objective, tiles, validation, config, folder, lambda line: None)
    return json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["core"]


def milliseconds(names: list[str]) -> dict[str, float]:
    """Median milliseconds of a 1080p frame."""
    frame = torch.zeros(1, 1, HEIGHT, WIDTH)
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": 2, "INFERENCE_PRECISION_HINT": "f32"}
    requests = {}
    for name in names:
        with torch.no_grad():
            model = openvino.convert_model(VARIANTS[name]().eval(), example_input=frame[..., :64, :64])
        model.reshape(frame.shape)
        requests[name] = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name, request in requests.items():
            began = time.perf_counter()
            request.infer([frame.numpy()])
            taken[name].append(1000 * (time.perf_counter() - began))
    return {name: float(np.median(times)) for name, times in taken.items()}


if __name__ == "__main__":
    main()
