"""The one training loop, for teacher and student alike."""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crispen.data.tile_reader import Tiles
from crispen.errors import CrispenError, require
from crispen.train import distributed
from crispen.train.curves import draw_curves
from crispen.train.optimizer import optimizer_of
from crispen.train.validation import validate

torch = require("torch", "train")

# (output (N,1,H,W), truth (N,1,H,W), label (N,1,H,W) or None, progress in [0, 1]) -> scalar loss; pictures in [0, 1]
Objective = Callable[..., Any]


@dataclass(frozen=True)
class TrainConfig:
    """How long and how fast.

    steps: optimiser steps in all. batch: tiles a step, of all processes together. side: pixels a side of a tile.
    optimizer: one of crispen.train.optimizer.OPTIMIZERS. lr: its peak learning rate, reached after `warmup` steps and
    lowered along a cosine to 1 %. ema: decay of the averaged weights that are kept. clip: largest norm of the gradient.
    validation_tiles: for each core condition. bf16: autocast. device: cpu or cuda.
    """

    steps: int = 40_000
    batch: int = 16
    side: int = 128
    optimizer: str = "adamw"
    lr: float = 1e-3
    warmup: int = 500
    weight_decay: float = 1e-4
    ema: float = 0.999
    clip: float = 1.0
    validate_every: int = 1000
    validation_tiles: int = 48
    checkpoint_every: int = 500
    bf16: bool = False
    device: str = "cpu"
    seed: int = 1


def learning_rate(step: int, config: TrainConfig) -> float:
    """Linear warm-up, then a cosine from `lr` to one hundredth of it."""
    warm = min(1.0, (step + 1) / max(1, config.warmup))
    return config.lr * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / config.steps))))


def train(
    network,
    objective: Objective,
    tiles: Tiles,
    validation: dict[str, np.ndarray],
    config: TrainConfig,
    folder: Path,
    report: Callable[[str], None] = print,
):
    """Trains `network` and returns its averaged twin; what is in `folder` already is resumed, to the bit.

    Writes `log.jsonl` (one object a line), `curves.png` and `checkpoint.pt` into `folder`. Every batch is a function of
    the seed and the step, so a run that was interrupted ends where an uninterrupted one does. A run may be resumed with
    another number of steps, or of processes (crispen.train.distributed): all of them return the averaged network, one
    writes. Raises CrispenError if the loss is no longer finite or the output no longer varies.
    """
    leads = distributed.leads()
    if leads:
        folder.mkdir(parents=True, exist_ok=True)
    device = torch.device(config.device)
    network = network.to(device, memory_format=torch.channels_last).train()
    averaging, part = distributed.averaging(network), distributed.share(config.batch)
    average = copy.deepcopy(network).eval()
    optimizer = optimizer_of(config.optimizer, network.parameters(), config.lr, config.weight_decay)
    step, seconds = _resume(folder, network, average, optimizer, config.optimizer)
    log, began, losses = folder / "log.jsonl", time.monotonic() - seconds, []
    while step < config.steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        planes = torch.from_numpy(tiles.batch(config.seed, step, config.batch, config.side, part)).to(device)
        received, truth, *label = (planes.float() / 255).split(1, dim=1)
        with torch.autocast(device.type, torch.bfloat16, enabled=config.bf16):
            output = averaging(received)
        loss = objective(output.float(), truth, label[0] if label else None, step / config.steps)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        losses.append(distributed.mean(loss))
        if not math.isfinite(losses[-1]):
            raise CrispenError(f"the loss is {losses[-1]} at step {step}; lower the learning rate and resume")
        optimizer.step()
        step += 1
        with torch.no_grad():
            decay = min(config.ema, step / (step + 10))
            for kept, new in zip(average.parameters(), network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        ends = step == config.steps
        if step % config.validate_every == 0 or ends:
            scores = validate(average, validation)
            row = {"step": step, "loss": float(np.mean(losses)), "lr": learning_rate(step, config)}
            row |= {"seconds": round(time.monotonic() - began, 1), **scores}
            losses.clear()
            if leads:
                with open(log, "a") as file:
                    file.write(json.dumps(row) + "\n")
                draw_curves(log, folder / "curves.png")
                core = scores["core"]
                left = (time.monotonic() - began) / step * (config.steps - step) / 60
                report(
                    f"step {step}/{config.steps} loss {row['loss']:.4f} gain {core['psnr']:+.3f} dB "
                    f"{core['ssim']:+.4f} SSIM, clean {scores['clean']:.1f} dB, {left:.0f} min left"
                )
            if step > config.warmup and scores["variation"] < 1e-5:
                raise CrispenError(
                    f"the network's correction no longer varies at step {step}: it is dead; lower --lr and start again"
                )
        if leads and (step % config.checkpoint_every == 0 or ends):
            _checkpoint(folder, network, average, optimizer, step, time.monotonic() - began, config)
    return average


def _checkpoint(folder: Path, network, average, optimizer, step: int, seconds: float, config: TrainConfig) -> None:
    state = {"network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
    beside = folder / "checkpoint.part"
    torch.save(state | {"step": step, "seconds": seconds, "config": asdict(config)}, beside)
    os.replace(beside, folder / "checkpoint.pt")


def _resume(folder: Path, network, average, optimizer, name: str) -> tuple[int, float]:
    """Loads `checkpoint.pt` if there is one, drops later lines of the log; returns (step, seconds so far).

    Only the leading process reads, so the others need not see the folder.
    """
    path, log = folder / "checkpoint.pt", folder / "log.jsonl"
    state = None
    if distributed.leads() and path.exists():
        state = torch.load(path, weights_only=True, map_location="cpu")
    state = distributed.from_leader(state)
    if state is None:
        if distributed.leads():
            log.unlink(missing_ok=True)
        return 0, 0.0
    try:
        network.load_state_dict(state["network"])
    except RuntimeError:
        raise CrispenError(f"{folder} holds the run of another network; choose another folder, or remove it") from None
    before = {"optimizer": "adamw"} | state["config"]  # runs of before there was a choice do not say
    if before["optimizer"] != name:
        wanted = "--optimizer {optimizer} --lr {lr:g}".format(**before)
        raise CrispenError(f"{folder} holds a run with {wanted}; go on with these, or choose another folder")
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    if distributed.leads() and log.exists():
        lines = log.read_text().splitlines(keepends=True)
        log.write_text("".join(line for line in lines if json.loads(line)["step"] <= state["step"]))
    return state["step"], state["seconds"]
