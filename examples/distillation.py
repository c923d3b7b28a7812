"""Measures the gain of `balanced` from a teacher: the same steps, tiles and seeds with and without a teacher.

    python examples/distillation.py PAIRS weights/best.safetensors FOLDER [--steps 2500] [--seeds 1,2,3]

PAIRS is a pair set. weights/best.safetensors is the general expert of a model; the model's experts are the teachers,
each for the tiles of its degradation. Finished runs in FOLDER are kept; the table goes to FOLDER/table.md. Needs the
extra `train`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.model.student import SIZES, Student
from crispen.model.weights import load_student
from crispen.train.experts import expert_weights
from crispen.train.loop import train
from crispen.train.loss_terms import distillation
from crispen.train.objectives import fidelity, objective, teacher_share
from crispen.train.recipes import STUDENT_CONFIG, sampling_weight
from crispen.train.teacher_labels import label_tiles

VARIANTS = (
    "truth alone",
    "teacher's output",
    "teacher's output, eight views",
    "labels on extra pictures",
    "details of the output",
    "affinity of features",
)
SHARDS, DETAILS, AFFINITY, GRID = 80, 20.0, 1.0, 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("teacher", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--only", default=";".join(VARIANTS), help="names, separated by ;")
    args = parser.parse_args()
    torch.set_num_threads(1)
    teachers = {stream: load_student(path)[0] for stream, path in expert_weights(args.teacher).items()}
    some = labelled(args.pairs, teachers, args.folder / "pairs")
    gains: dict[str, list[tuple[float, float]]] = {name: [] for name in VARIANTS}
    for seed in map(int, args.seeds.split(",")):
        for name in args.only.split(";"):
            where = args.folder / f"{name.replace(' ', '-')}-{seed}"
            gains[name].append(run(name, seed, some, teachers["any"], where, args.steps))
            (args.folder / "table.md").write_text(table(gains))
    print(table(gains))


def labelled(pairs: Path, teachers: dict[str, Student], folder: Path) -> Path:
    """A pair set of the first SHARDS shards with labels and, in `extra`, as many tiles that only the teacher labels.

    The extra tiles are received tiles, inverted or enlarged from 96 to 128 pixels; their label is used as truth.
    """
    ensembles = {name: partial(self_ensemble, teacher) for name, teacher in teachers.items()}
    for name in ("train", "labels", "eight", "extra"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    if not (folder / "validation").exists():
        (folder / "validation").symlink_to((pairs / "validation").resolve())
    for source in sorted((pairs / "train").glob("*.npy"))[:SHARDS]:
        extra = folder / "extra" / f"{int(source.stem) + 50_000:05}.npy"
        if extra.exists():
            continue
        for path in (source, source.with_suffix(".jsonl")):
            if not (folder / "train" / path.name).exists():
                (folder / "train" / path.name).symlink_to(path.resolve())
        rows = [json.loads(line) for line in source.with_suffix(".jsonl").read_text().splitlines()]
        tiles = np.load(source, mmap_mode="r")
        for kept, asked in (("labels", teachers), ("eight", ensembles)):
            np.save(folder / kept / source.name, label_tiles(tiles[:, 0], tiles[:, 1], rows, asked))
        odd = 255 - np.ascontiguousarray(tiles[:, 0])
        crops = torch.from_numpy(odd[1::2, 16:112, 16:112].copy()[:, None]).float()
        larger = functional.interpolate(255 - crops, size=odd.shape[1:], mode="bicubic").round().clamp(0, 255)
        odd[1::2] = larger[:, 0].byte().numpy()
        extra.with_suffix(".jsonl").write_bytes(source.with_suffix(".jsonl").read_bytes())
        np.save(extra, np.stack([odd, label_tiles(odd, odd, rows, teachers)], axis=1))
    return folder


def self_ensemble(network, x_nchw):
    """The mean output over the eight flips and transposes of `x_nchw`, each transformed back (self-ensemble, Timofte et
    al., 2016)."""
    outputs = []
    for turned in (x_nchw, x_nchw.transpose(2, 3)):
        for axes in ((), (2,), (3,), (2, 3)):
            output = network(turned.flip(axes)).flip(axes)
            outputs.append(output if turned is x_nchw else output.transpose(2, 3))
    return torch.stack(outputs).mean(0)


class More(Tiles):
    """The tiles of the set and the extra tiles, drawn equally often."""

    def __init__(self, folder: Path):
        super().__init__(folder, weigh=sampling_weight)
        own, extra = self.shards, [np.load(path, mmap_mode="r") for path in sorted((folder / "extra").glob("*.npy"))]
        shares = np.diff(self.shares, prepend=0)
        self.shards, self.shares = [*own, *extra], np.cumsum(np.concatenate([shares, shares]) / 2)
        self.starts = np.cumsum([0, *map(len, self.shards)])


def run(name: str, seed: int, some: Path, general: Student, folder: Path, steps: int) -> tuple[float, float]:
    """Trains one student; returns its gain on the validation tiles, PSNR in dB and SSIM."""
    torch.manual_seed(seed)
    student = Student(SIZES["balanced"])
    config = replace(STUDENT_CONFIG, steps=steps, seed=seed, validate_every=steps)
    taught = name not in ("truth alone", "labels on extra pictures")
    labels = some / ("eight" if name.endswith("eight views") else "labels")
    tiles = Tiles(some, labels, sampling_weight) if taught else Tiles(some, weigh=sampling_weight)
    if name == "labels on extra pictures":
        tiles = More(some)
    loss = {"details of the output": details}.get(name, objective)
    if name == "affinity of features":
        loss = affinity(student, general)
    train(
        student,
        loss,
        tiles,
        validation_tiles(some, 48),
        config,
        folder,
        lambda line: print(name, seed, line, flush=True),
    )
    core = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["core"]
    return core["psnr"], core["ssim"]


def details(output_nchw, truth_nchw, label_nchw, progress: float):
    """The distillation loss, plus the difference of Haar details at two scales, annealed alike."""
    share = teacher_share(progress)
    loss = distillation(output_nchw, truth_nchw, label_nchw, share, fidelity)
    difference, extra = output_nchw - label_nchw, 0.0
    for _ in range(2):
        coarse = functional.avg_pool2d(difference, 2)
        fine = difference - functional.interpolate(coarse, scale_factor=2.0)  # the three bands of details together
        extra, difference = extra + fine.abs().mean(), coarse
    return loss + share * DETAILS * extra


def affinity(student: Student, general: Student):
    """The loss to the truth, plus the difference of the affinities between positions in the last features to the
    teacher's (He et al., 2020), annealed alike."""
    seen: dict = {}
    student.register_forward_pre_hook(lambda _, given: seen.update(received=given[0]))
    student.convs[-1].register_forward_pre_hook(lambda _, given: seen.update(features=given[0]))

    def affinities(features):
        pooled = functional.adaptive_avg_pool2d(features, GRID).flatten(2)
        unit = functional.normalize(pooled - pooled.mean(2, keepdim=True), dim=1)
        return unit.transpose(1, 2) @ unit

    def loss(output_nchw, truth_nchw, label_nchw, progress: float):
        with torch.no_grad():
            wanted = affinities(general.correction(seen["received"])[1][-1])
        apart = (affinities(seen["features"]) - wanted).abs().mean()
        return fidelity(output_nchw, truth_nchw) + teacher_share(progress) * AFFINITY * apart

    return loss


def table(gains: dict[str, list[tuple[float, float]]]) -> str:
    lines = ["| learned from | core, dB | SSIM | seeds |", "|---|--:|--:|--:|"]
    for name, rows in gains.items():
        if rows:
            (psnr, ssim), (psnr_spread, ssim_spread) = (
                np.mean(rows, axis=0),
                np.std(rows, axis=0, ddof=min(1, len(rows) - 1)),
            )
            lines.append(
                f"| {name} | {psnr:+.3f} ± {psnr_spread:.3f} | {ssim:+.4f} ± {ssim_spread:.4f} | {len(rows)} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
