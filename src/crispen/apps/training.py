"""The options that `teach` and `distill` share."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from crispen.apps.terminal import report as report
from crispen.errors import CrispenError, require


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pairs", type=Path, metavar="PAIRS", help="folder made by `crispen data build`")
    add("folder", type=Path, metavar="FOLDER", help="for log, curves, checkpoint and weights; resumed if it has one")
    add("--steps", type=int, help="optimiser steps in all")
    add("--batch", type=int, help="tiles a step, of all processes together")
    add("--optimizer", choices=("adamw", "soap"), help="adamw (default of teach) or soap (of distill)")
    add("--lr", type=float, help="peak learning rate; 0.001 suits adamw, 0.003 soap")
    add("--seed", type=int, help="of every random choice")
    add("--validate-every", type=int, metavar="STEPS")
    add("--threads", type=int, help="CPU threads (default: all cores; one under torchrun)")
    add("--device", help="cpu (default) or cuda")
    add("--bf16", action="store_true", default=None, help="bfloat16 autocast; best on a GPU")


def training_config(args: argparse.Namespace, default):
    """`default` (a TrainConfig) with what the user asked for. Raises CrispenError for values that cannot be."""
    torch = require("torch", "train")
    for name in ("steps", "batch", "lr", "validate_every", "threads"):
        at_least(args, name, math.ulp(0.0) if name == "lr" else 1)
    at_least(args, "seed", 0)
    _check_device(torch, args.device or "cpu")
    if not args.pairs.is_dir():
        raise CrispenError(f"{args.pairs} is not a folder; make it with: crispen data build PICTURES {args.pairs}")
    if args.folder.exists() and not args.folder.is_dir():
        raise CrispenError(f"{args.folder} is not a folder; name another one to train in")
    if args.threads:
        torch.set_num_threads(args.threads)
    names = ("steps", "batch", "optimizer", "lr", "seed", "validate_every", "device", "bf16")
    return replace(default, **{name: getattr(args, name) for name in names if getattr(args, name) is not None})


def trained(recipe: Callable, config) -> int:
    """Runs `recipe`, from a TrainConfig to the path of weights, alone or as one of torchrun's processes; says the path.

    The recipe is given `config` with its own process's device. Returns the exit status.
    """
    from crispen.train.distributed import is_leader, process_group

    with process_group(config.device, config.batch) as device:
        path = recipe(replace(config, device=device))
        if is_leader():
            print(path)
    return 0


def at_least(args: argparse.Namespace, name: str, least: float) -> None:
    """Raises CrispenError if the option `name` is given and is less than `least` or not finite."""
    value = getattr(args, name)
    if value is not None and not least <= value < math.inf:
        wanted = f"{least} or more" if isinstance(least, int) else "greater than 0"
        raise CrispenError(f"--{name.replace('_', '-')} must be {wanted}, not {value}")


def _check_device(torch, name: str) -> None:
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise CrispenError(f"no device {name!r}; choose cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise CrispenError(f"this PyTorch sees no device {name}; leave --device out to train on the CPU")
