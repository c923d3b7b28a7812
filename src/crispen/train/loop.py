"""The training loop of teachers, students and reference networks."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crispen.data.tile_reader import Tiles
from crispen.errors import CrispenError, require
from crispen.media.atomic_output import atomic_file
from crispen.train import distributed
from crispen.train.curves import draw_curves
from crispen.train.optimizer import make_optimizer
from crispen.train.validation import validate

torch = require("torch")

# (output (N,1,H,W), truth (N,1,H,W), label (N,1,H,W) or None, progress in [0, 1]) -> scalar loss; pictures in [0, 1]
Objective = Callable[..., Any]


@dataclass(frozen=True)
class TrainConfig:
    """The settings of a training run.

    Attributes:
        steps: Optimiser steps in all.
        batch: Tiles per step, of all processes together.
        side: Side of a tile in pixels.
        optimizer: One of crispen.train.optimizer.OPTIMIZERS.
        lr: Peak learning rate, reached after `warmup` steps, then lowered along a cosine to 1 % of it.
        warmup: Steps of linear warm-up.
        weight_decay: Decoupled from the gradient.
        ema: Decay of the exponential moving average of the weights, which is what a run returns.
        clip: Largest norm of the gradient.
        validate_every: Steps between validations.
        validation_tiles: Tiles for each core condition.
        checkpoint_every: Steps between checkpoints.
        bf16: Autocast to bfloat16.
        device: "cpu" or "cuda".
        seed: Seed of every random choice.
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
    """The learning rate of a step: linear warm-up, then a cosine from `lr` to 1 % of it."""
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
    """Trains `network`, and resumes the run in `folder` if there is one.

    Writes `log.jsonl` (one JSON object a line), `curves.png` and `checkpoint.pt` into `folder`. Each batch is a
    function of the seed and the step, so an interrupted run ends with exactly the weights of an uninterrupted one. A
    run may be resumed with another number of steps or of processes (crispen.train.distributed). Every process returns
    the averaged network; the leading one writes.

    Args:
        network: A torch module from (N, 1, H, W) to the same shape, in [0, 1].
        objective: The loss; see `Objective`.
        tiles: The training tiles.
        validation: Tiles of each condition; see `validate`.
        config: The settings.
        folder: The run's folder; created if missing.
        report: Receives one line after each validation.

    Returns:
        The network with exponentially averaged weights, in evaluation mode.

    Raises:
        CrispenError: The loss is not finite, the residual no longer varies, or `folder` holds another run.
    """
    run = _Run(network, config, folder)
    while run.step < config.steps:
        run.advance(objective, tiles)
        last = run.step == config.steps
        if run.step % config.validate_every == 0 or last:
            run.validate(validation, report)
        if run.step % config.checkpoint_every == 0 or last:
            run.save_checkpoint()
    return run.average


class _Run:
    """The state of a run: network, averaged network, optimiser, step, and the losses since the last validation."""

    def __init__(self, network, config: TrainConfig, folder: Path):
        self.config, self.folder, self.log = config, folder, folder / "log.jsonl"
        self.leads = distributed.is_leader()
        if self.leads:
            folder.mkdir(parents=True, exist_ok=True)
        self.device = torch.device(config.device)
        self.network = network.to(self.device, memory_format=torch.channels_last).train()
        self.replicated = distributed.data_parallel(self.network)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = make_optimizer(config.optimizer, self.network.parameters(), config.lr, config.weight_decay)
        self.losses: list[float] = []
        self.step, seconds = self._resume()
        self.began = time.monotonic() - seconds

    def advance(self, objective: Objective, tiles: Tiles) -> None:
        """One optimiser step."""
        config = self.config
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, config)
        part = distributed.local_part(config.batch)
        planes = torch.from_numpy(tiles.batch(config.seed, self.step, config.batch, config.side, part)).to(self.device)
        received, truth, *label = (planes.float() / 255).split(1, dim=1)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=config.bf16):
            output = self.replicated(received)
        loss = objective(output.float(), truth, label[0] if label else None, self.step / config.steps)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self.losses.append(distributed.mean(loss))
        if not math.isfinite(self.losses[-1]):
            raise CrispenError(f"the loss is {self.losses[-1]} at step {self.step}; lower the learning rate and resume")
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            decay = min(config.ema, self.step / (self.step + 10))
            for kept, new in zip(self.average.parameters(), self.network.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)

    def validate(self, validation: dict[str, np.ndarray], report: Callable[[str], None]) -> None:
        """Validates the averaged network and appends the result to the log."""
        config, step = self.config, self.step
        scores = validate(self.average, validation)
        seconds = time.monotonic() - self.began
        row = {"step": step, "loss": float(np.mean(self.losses)), "lr": learning_rate(step, config)}
        row |= {"seconds": round(seconds, 1), **scores}
        self.losses.clear()
        if self.leads:
            with open(self.log, "a") as file:
                file.write(json.dumps(row) + "\n")
            draw_curves(self.log, self.folder / "curves.png")
            core, left = scores["core"], seconds / step * (config.steps - step) / 60
            report(
                f"step {step}/{config.steps} loss {row['loss']:.4f} gain {core['psnr']:+.3f} dB "
                f"{core['ssim']:+.4f} SSIM, clean {scores['clean']:.1f} dB, {left:.0f} min left"
            )
        if step > config.warmup and scores["variation"] < 1e-5:
            raise CrispenError(
                f"the network's residual no longer varies at step {step}; it cannot recover: lower --lr and start again"
            )

    def save_checkpoint(self) -> None:
        """Replaces `checkpoint.pt`, in the leading process."""
        if not self.leads:
            return
        state = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        state |= {"optimizer": self.optimizer.state_dict(), "step": self.step}
        state |= {"seconds": time.monotonic() - self.began, "config": asdict(self.config)}
        with atomic_file(self.folder / "checkpoint.pt", overwrite=True) as hidden:
            torch.save(state, hidden)

    def _resume(self) -> tuple[int, float]:
        """Loads `checkpoint.pt` if there is one and drops later lines of the log; returns (step, seconds so far).

        Only the leading process reads, so the others need no access to the folder.
        """
        path, state = self.folder / "checkpoint.pt", None
        if self.leads and path.exists():
            state = torch.load(path, weights_only=True, map_location="cpu")
        state = distributed.broadcast(state)
        if state is None:
            if self.leads:
                self.log.unlink(missing_ok=True)
            return 0, 0.0
        try:
            self.network.load_state_dict(state["network"])
        except RuntimeError:
            raise CrispenError(
                f"{self.folder} holds the run of another network; choose another folder, or remove it"
            ) from None
        before = {"optimizer": "adamw"} | state["config"]  # old checkpoints do not name the optimiser
        if before["optimizer"] != self.config.optimizer:
            wanted = "--optimizer {optimizer} --lr {lr:g}".format(**before)
            raise CrispenError(f"{self.folder} holds a run with {wanted}; give these options, or choose another folder")
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.leads and self.log.exists():
            lines = self.log.read_text().splitlines(keepends=True)
            self.log.write_text("".join(line for line in lines if json.loads(line)["step"] <= state["step"]))
        return state["step"], state["seconds"]
