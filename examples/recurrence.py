"""Measures the gain of a student from the previous frame: the same clips, steps and seeds, with and without it.

    python examples/recurrence.py PICTURES FOLDER [--clips 900] [--steps 2500] [--seeds 1,2]

PICTURES is a folder of pictures and videos. Their clips are sent through the codecs of `crispen.degrade`; the last
frames are kept in order. The table goes to FOLDER/table.md. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from crispen.data.clean_sources import draw_clip, find_sources
from crispen.data.validation_split import is_validation
from crispen.degrade.condition import Condition, receive_clip
from crispen.degrade.core_conditions import CORE
from crispen.degrade.motion import STILL
from crispen.degrade.training_mix import draw_condition
from crispen.model.rep_conv import RepConv
from crispen.model.student import SIZES, Student
from crispen.processes import each
from crispen.train.loop import learning_rate
from crispen.train.loss_terms import ssim_terms
from crispen.train.objectives import fidelity
from crispen.train.optimizer import make_optimizer
from crispen.train.recipes import STUDENT_CONFIG

FRAMES, SIDE, TILES, BATCH, FIRST = 6, 128, 6, 4, 2  # measured from frame FIRST on, when the past is known
SENT, REGION, CLIPS_EACH = 16, (256, 384), 24
VALIDATION: dict[str, Condition] = {
    **{name: CORE[name] for name in ("h264-x1", "h264-x2", "vp8-x2", "av1-x2", "low-light")},
    "h264-x2, a still": replace(CORE["h264-x2"], motion=STILL),
    "low light, a still": replace(CORE["low-light"], motion=STILL),
}


class Recurrent(torch.nn.Module):
    """A student that also gets the previous frame: as received ("received"), as sharpened ("output"), or eight of its
    features ("features"); "nothing" is the plain student."""

    def __init__(self, past: str):
        super().__init__()
        self.past, self.student = past, Student(SIZES["balanced"])
        joined = {"nothing": 0, "received": 4, "output": 4, "features": 8}[past]
        if joined:
            self.student.convs[0] = RepConv(4 + joined, 16, zero_mean=past != "features")

    def forward(self, x_ntchw):
        """(N, T, 1, H, W) -> the same shape, frame by frame; the first frame is its own previous frame."""
        outputs, before, features = [], x_ntchw[:, 0], None
        for x_nchw in x_ntchw.unbind(1):
            seen = functional.pixel_unshuffle(x_nchw, 2)
            if self.past in ("received", "output"):
                seen = torch.cat([seen, functional.pixel_unshuffle(before, 2)], dim=1)
            elif self.past == "features":
                zero = seen.new_zeros(len(seen), 8, *seen.shape[2:])
                seen = torch.cat([seen - seen.mean((1, 2, 3), keepdim=True), zero if features is None else features], 1)
            hidden = seen.contiguous(memory_format=torch.channels_last)
            for conv in self.student.convs[:-1]:
                hidden = conv(hidden).relu()
            features = hidden[:, :8]
            y_nchw = x_nchw + functional.pixel_shuffle(self.student.convs[-1](hidden), 2)
            before = x_nchw if self.past == "received" else y_nchw
            outputs.append(y_nchw)
        return torch.stack(outputs, dim=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=900)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seeds", default="1,2")
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.folder.mkdir(parents=True, exist_ok=True)
    sources = find_sources(args.pictures)
    seen = [path for path in sources if not is_validation(path.name)]
    held = [path for path in sources if is_validation(path.name)]
    calls = [(seen, None, number, args.folder / f"{number:03}.npy") for number in range(args.clips // CLIPS_EACH)]
    calls += [(held, name, 900, args.folder / f"{name}.npy") for name in VALIDATION]
    for _ in each(make, [call for call in calls if not call[-1].exists()], 2):
        pass
    train = [np.load(call[-1], mmap_mode="r") for call in calls if call[1] is None]
    lines = ["| past | " + " | ".join(VALIDATION) + " |", "|---" * (1 + len(VALIDATION)) + "|"]
    for past in ("nothing", "received", "output", "features"):
        for seed in map(int, args.seeds.split(",")):
            network = learned(past, seed, train, args.steps)
            cells = [measured(network, np.load(args.folder / f"{name}.npy")) for name in VALIDATION]
            lines.append(f"| {past}, seed {seed} | " + " | ".join(cells) + " |")
            (args.folder / "table.md").write_text("\n".join(lines) + "\n")
            print(lines[-1], flush=True)


def make(sources: list[Path], name: str | None, number: int, target: Path) -> None:
    """Sends clips and keeps the last frames of tiles of them: (N, FRAMES, 2, SIDE, SIDE) uint8, received and truth."""
    rng, found = np.random.default_rng([number, len(name or "")]), []
    while len(found) < CLIPS_EACH * TILES:
        condition = VALIDATION[name] if name else draw_condition(rng)[1]
        if condition.codec is None:
            continue
        condition = replace(condition, frames=SENT)
        clip, condition = draw_clip(sources[int(rng.integers(len(sources)))], *REGION, condition, rng)
        if len(clip) < FRAMES or min(clip[0].y.shape) < SIDE:
            continue
        frames = list(zip(receive_clip(clip, condition, rng), clip, strict=True))[-FRAMES:]
        planes = np.array([[shown.y, truth.y] for (_, shown), truth in frames])
        places = [
            (t, s)
            for t in range(0, planes.shape[2] - SIDE + 1, SIDE)
            for s in range(0, planes.shape[3] - SIDE + 1, SIDE)
        ]
        for top, left in places[:TILES]:
            found.append(planes[:, :, top : top + SIDE, left : left + SIDE])
    np.save(target, np.stack(found))


def learned(past: str, seed: int, train: list[np.ndarray], steps: int) -> Recurrent:
    torch.manual_seed(seed)
    network, config = Recurrent(past), replace(STUDENT_CONFIG, steps=steps)
    average = Recurrent(past)
    average.load_state_dict(network.state_dict())
    optimizer = make_optimizer(config.optimizer, network.parameters(), config.lr, config.weight_decay)
    for step in range(steps):
        rng = np.random.default_rng([seed, step])
        shards = [train[int(rng.integers(len(train)))] for _ in range(BATCH)]
        start = int(rng.integers(FRAMES - 4 + 1))
        drawn = np.stack([shard[int(rng.integers(len(shard)))][start : start + 4] for shard in shards])
        drawn = drawn[..., :: rng.choice((-1, 1)), :: rng.choice((-1, 1))].copy()
        x_ntchw, y_ntchw = (torch.from_numpy(drawn).float() / 255).split(1, dim=2)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        loss = fidelity(network(x_ntchw).flatten(0, 1), y_ntchw.flatten(0, 1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimizer.step()
        with torch.no_grad():
            for kept, new in zip(average.parameters(), network.parameters(), strict=True):
                kept.lerp_(new, 1 - min(config.ema, (step + 1) / (step + 11)))
    return average.eval()


def measured(network: Recurrent, planes: np.ndarray) -> str:
    """Gains in dB and SSIM, and flicker: the mean change, from frame to frame, of what is wrong, in levels, of the
    output and of the input."""
    rows = []
    for part in np.array_split(planes, len(planes) // 8):
        x_ntchw, y_ntchw = (torch.from_numpy(part).float() / 255).split(1, dim=2)
        with torch.inference_mode():
            made = network(x_ntchw).clamp(0, 1)
        x, y, o = (each[:, FIRST:] for each in (x_ntchw, y_ntchw, made))
        psnr = [-10 * ((each - y) ** 2).mean((2, 3, 4)).clamp_min(1e-6).log10() for each in (o, x)]
        ssim = [ssim_terms(each.flatten(0, 1), y.flatten(0, 1))[0].mean() for each in (o, x)]
        flicker = [255 * ((each - y)[:, 1:] - (each - y)[:, :-1]).abs().mean().item() for each in (o, x)]
        rows.append([(psnr[0] - psnr[1]).mean().item(), (ssim[0] - ssim[1]).item(), *flicker])
    psnr_gain, ssim_gain, after, before = np.mean(rows, axis=0)
    return f"{psnr_gain:+.2f} {ssim_gain:+.4f}, {after:.2f} ({before:.2f})"


if __name__ == "__main__":
    main()
