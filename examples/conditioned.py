"""One network with scales and biases per expert, compared with separate experts: `balanced`, equal steps.

    python examples/conditioned.py PAIRS weights/balanced.safetensors FOLDER [--steps 1500]

Both start from the general expert and continue with the tiles of one expert's degradations: with all weights, or with
only a scale and a bias for each hidden channel, which fold into the kernels and cost no time per frame. Finished runs
in FOLDER are kept; the table goes to FOLDER/table.md. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.model.student import Student
from crispen.model.weights import load_student
from crispen.train.experts import EXPERTS
from crispen.train.loop import train
from crispen.train.objectives import objective
from crispen.train.recipes import STUDENT_CONFIG, sampling_weight

# Expert -> the core conditions of its degradations.
CONDITIONS = {
    "full": ("h264-x1",),
    "small": ("h264-x2", "vp8-x2", "vp9-x1.5", "av1-x2"),
    "aliased": ("bicubic-x2",),
    "noisy": ("low-light",),
    "blurred": ("motion-blur",),
}


class Conditioned(torch.nn.Module):
    """A student with fixed weights and a trained scale and bias for each hidden channel (FiLM, Perez et al., 2018)."""

    def __init__(self, general: Student):
        super().__init__()
        self.general = general.requires_grad_(False)
        shape = general.config.depth + 1, general.config.width
        self.scale, self.bias = (torch.nn.Parameter(make(shape)) for make in (torch.ones, torch.zeros))

    def forward(self, x_nchw):
        block = self.general.config.unshuffle
        features = functional.pixel_unshuffle(x_nchw, block).contiguous(memory_format=torch.channels_last)
        *hidden, last = self.general.convs
        for conv, scale, bias in zip(hidden, self.scale, self.bias, strict=True):
            features = (conv(features) * scale.view(1, -1, 1, 1) + bias.view(1, -1, 1, 1)).relu()
        return x_nchw + functional.pixel_shuffle(last(features), block)


VARIANTS: dict[str, Callable[[Student], torch.nn.Module]] = {
    "scales and biases": Conditioned,
    "all weights": lambda x: x,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("general", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = {name: run(name, args) for name in ("general", *(f"{kind}, {s}" for s in CONDITIONS for kind in VARIANTS))}
    lines = ["| expert | the general one | " + " | ".join(VARIANTS) + " |", "|---|--:|--:|--:|"]
    for expert, names in CONDITIONS.items():
        found = (rows[name] for name in ("general", *(f"{kind}, {expert}" for kind in VARIANTS)))
        cells = (tuple(sum(core[n][k] for n in names) / len(names) for k in ("psnr", "ssim")) for core in found)
        lines.append(f"| `{expert}` | " + " | ".join(f"{psnr:+.3f} / {ssim:+.4f}" for psnr, ssim in cells) + " |")
    (args.folder / "table.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def run(name: str, args: argparse.Namespace) -> dict:
    """Trains one variant, "KIND, EXPERT", or measures the general expert; returns the gains by core condition."""
    torch.manual_seed(0)
    kind, _, expert = name.partition(", ")
    network = load_student(args.general)[0]
    config = replace(STUDENT_CONFIG, steps=args.steps, validate_every=args.steps, validation_tiles=48)
    if kind == "general":
        config = replace(config, steps=1, validate_every=1, lr=0.0)
    else:
        network = VARIANTS[kind](network)
    tiles = Tiles(args.pairs, weigh=lambda row: sampling_weight(row) * float(EXPERTS[expert or "any"](row)))
    folder = args.folder / name.replace(", ", "-").replace(" ", "-")
    validation = validation_tiles(args.pairs, config.validation_tiles)
    train(network, objective, tiles, validation, config, folder, lambda line: print(name, line, flush=True))
    return json.loads((folder / "log.jsonl").read_text().splitlines()[-1])


if __name__ == "__main__":
    main()
