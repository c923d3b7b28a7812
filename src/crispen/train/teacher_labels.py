"""Teacher labels: the teachers' outputs for the received tiles, computed once and kept beside the pairs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.media.atomic_output import atomic_file
from crispen.model.weights import load
from crispen.train.distributed import map_over_processes
from crispen.train.experts import expert_for, expert_weights

torch = require("torch")

_BATCH = 16


def label(pairs: Path, weights: Path, shards: int, report: Callable = print) -> Path:
    """Labels the first `shards` shards of a pair set; existing labels are kept. Processes share the work.

    Args:
        pairs: A pair set.
        weights: Weights of a teacher or of a larger student. If its experts NAME-EXPERT.safetensors are in the same
            folder, each tile is labelled by the expert for its degradation. The student has to recognise it by itself.
        shards: Number of shards to label.
        report: Receives a line for each shard.

    Returns:
        The folder of the labels, (N, 128, 128) uint8 for each shard. Its name contains the digest of the weights.

    Raises:
        CrispenError: The weights cannot be read.
    """
    paths = expert_weights(weights)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths.values())).hexdigest()[:12]
    teachers = {
        expert: load(path, "teacher", "student")[0].to(memory_format=torch.channels_last)
        for expert, path in paths.items()
    }
    folder = pairs / f"labels-{digest}"
    folder.mkdir(exist_ok=True)
    sources = sorted((pairs / "train").glob("*.npy"))[:shards]

    def make(numbered: tuple[int, Path]) -> None:
        done, source = numbered
        target = folder / source.name
        if target.exists():
            return
        rows = [json.loads(line) for line in source.with_suffix(".jsonl").read_text().splitlines()]
        received, truth = np.load(source, mmap_mode="r").swapaxes(0, 1)
        with atomic_file(target, overwrite=True) as hidden, open(hidden, "wb") as file:
            np.save(file, label_tiles(received, truth, rows, teachers))
        report(f"labelled shard {done}/{len(sources)}")

    map_over_processes(make, list(enumerate(sources, 1)))
    return folder


def label_tiles(received: np.ndarray, truth: np.ndarray, rows: Sequence[dict], teachers: Mapping) -> np.ndarray:
    """The labels of some tiles: the output of the expert for each tile's degradation; of a clean tile its truth.

    Args:
        received: (N, H, W) uint8.
        truth: (N, H, W) uint8.
        rows: The tiles' lines in the pair set.
        teachers: {expert: network}, "any" included.

    Returns:
        (N, H, W) uint8.
    """
    experts = np.array([expert_for(row, list(teachers)) for row in rows])
    labels = np.array(truth)
    for expert in set(experts) - {"clean"}:
        chosen = np.flatnonzero(experts == expert)
        for part in np.array_split(chosen, -(-len(chosen) // _BATCH)):
            x_nchw = torch.from_numpy(received[part][:, None]).float() / 255
            with torch.inference_mode():
                y_nchw = teachers[expert](x_nchw).clamp(0, 1) * 255
            labels[part] = y_nchw.round().to(torch.uint8)[:, 0].numpy()
    return labels
