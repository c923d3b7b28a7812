"""The options that `teach` and `distill` share."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from crispen.errors import CrispenError


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pairs", type=Path, help="folder made by `crispen data build`")
    parser.add_argument("folder", type=Path, help="folder for log, curves, checkpoint and weights; resumed if it has one")
    parser.add_argument("--steps", type=int, help="optimiser steps in all")
    parser.add_argument("--batch", type=int, help="tiles a step")
    parser.add_argument("--lr", type=float, help="peak learning rate")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--validate-every", type=int, metavar="STEPS")
    parser.add_argument("--threads", type=int, help="CPU threads (default: all cores)")
    parser.add_argument("--device", help="cpu (default) or cuda")
    parser.add_argument("--bf16", action="store_true", default=None, help="bfloat16 autocast; best on a GPU")


def training_config(args: argparse.Namespace, default):
    """`default` (a TrainConfig) with what the user asked for. Raises CrispenError for values that cannot be."""
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    if (args.device or "cpu").startswith("cuda") and not torch.cuda.is_available():
        raise CrispenError("this PyTorch sees no CUDA device; leave --device out to train on the CPU")
    names = ("steps", "batch", "lr", "seed", "validate_every", "device", "bf16")
    asked = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    for name in ("steps", "batch", "lr", "validate_every"):
        if name in asked and asked[name] <= 0:
            raise CrispenError(f"--{name.replace('_', '-')} must be greater than 0, not {asked[name]}")
    return replace(default, **asked)
