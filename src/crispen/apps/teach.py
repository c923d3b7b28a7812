"""`crispen teach PAIRS FOLDER`: trains a teacher. Its options are those of `crispen distill` too."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from crispen.apps.shared.arguments import integer, number
from crispen.apps.shared.terminal import report
from crispen.errors import CrispenError, UsageError, require


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_options(parser)
    add = parser.add_argument
    add("--start", type=Path, metavar="WEIGHTS", help="weights of a teacher to continue from")
    add("--width", type=integer(1), default=48, metavar="N", help="channels at the finest resolution; default 48")


def run(args: argparse.Namespace) -> int:
    from crispen.model.teacher import TeacherConfig
    from crispen.train.recipes import TEACHER_CONFIG, teach

    config = training_config(args, TEACHER_CONFIG)
    network = TeacherConfig(width=args.width)
    return run_training(lambda own: teach(args.pairs, args.folder, network, own, args.start, report), config)


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that `teach` and `distill` share."""
    add = parser.add_argument
    add("pairs", type=Path, metavar="PAIRS", help="folder made by `crispen data build`")
    add("folder", type=Path, metavar="FOLDER", help="log, curves, checkpoint and weights; resumes from a checkpoint")
    add("--steps", type=integer(1), metavar="N", help="optimiser steps in all")
    add("--batch", type=integer(1), metavar="N", help="tiles per step, over all processes")
    add("--optimizer", choices=("adamw", "soap"), help="adamw (default of teach) or soap (default of distill)")
    add(
        "--lr", type=number(0, above=True), metavar="RATE",
        help="peak learning rate, above 0; 0.001 suits adamw, 0.003 soap",
    )  # fmt: skip
    add("--seed", type=integer(0), metavar="N", help="seed of every random choice")
    add("--validate-every", type=integer(1), metavar="STEPS", help="steps between two validations")
    add("--threads", type=integer(1), metavar="N", help="CPU threads; default: all cores, one under torchrun")
    add("--device", help="cpu (default) or cuda")
    add("--bf16", action="store_true", default=None, help="bfloat16 autocast; best on a GPU")


def training_config(args: argparse.Namespace, default):
    """`default`, a TrainConfig, with the options that were given.

    Raises:
        CrispenError: PyTorch or the device is missing, or a folder is not one.
    """
    torch = require("torch")
    _check_device(torch, args.device or "cpu")
    if not args.pairs.is_dir():
        raise CrispenError(f"{args.pairs} is not a folder; make it with: crispen data build PICTURES {args.pairs}")
    if args.folder.exists() and not args.folder.is_dir():
        raise CrispenError(f"{args.folder} is not a folder; name another one to train in")
    if args.threads:
        torch.set_num_threads(args.threads)
    names = ("steps", "batch", "optimizer", "lr", "seed", "validate_every", "device", "bf16")
    return replace(default, **{name: getattr(args, name) for name in names if getattr(args, name) is not None})


def run_training(recipe: Callable, config) -> int:
    """Runs a recipe in this process or in those of torchrun, and prints the path of the weights.

    Args:
        recipe: From a TrainConfig with the device of its process to the path of the weights.
        config: The TrainConfig.

    Returns:
        The exit status.
    """
    from crispen.train.distributed import is_leader, process_group

    with process_group(config.device, config.batch) as device:
        path = recipe(replace(config, device=device))
        if is_leader():
            print(path)
    return 0


def _check_device(torch, name: str) -> None:
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda"):
        raise UsageError(f"no device {name!r}; choose cpu or cuda")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise CrispenError(f"this PyTorch sees no device {name}; leave --device out to train on the CPU")
