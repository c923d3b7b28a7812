"""What teachers make of the received tiles, computed once and kept beside the pairs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.model.weights import load
from crispen.train.distributed import mapped
from crispen.train.expert_slices import bank_of, stream_of

torch = require("torch", "train")

_BATCH = 16


def label(pairs: Path, weights: Path, shards: int, report: Callable = print) -> Path:
    """The labels of the first `shards` shards, (N, 128, 128) uint8 each, made once.

    weights: a teacher's, or a larger student's. Where sets for streams lie beside them (NAME-STREAM.safetensors), each
    tile is labelled by the one that knows its damage: what a small network has to guess, its teacher is told. Returns
    the folder, which is named after the weights' digest. Processes that train together share the work. Raises
    CrispenError if weights can not be read.
    """
    bank = bank_of(weights)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in bank.values())).hexdigest()[:12]
    teachers = {
        stream: load(path, "teacher", "student")[0].to(memory_format=torch.channels_last)
        for stream, path in bank.items()
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
        beside = target.with_suffix(".part")
        with open(beside, "wb") as file:
            np.save(file, labels_of(received, truth, rows, teachers))
        os.replace(beside, target)
        report(f"labelled shard {done}/{len(sources)}")

    mapped(make, list(enumerate(sources, 1)))
    return folder


def labels_of(received: np.ndarray, truth: np.ndarray, rows: Sequence[dict], teachers: Mapping) -> np.ndarray:
    """What the teacher that knows each tile's damage makes of it, (N, H, W) uint8 all; an undamaged tile is its truth.

    teachers: {stream: network}, one of them "any". rows: the lines of the tiles in a built set.
    """
    streams = np.array([stream_of(row, list(teachers)) for row in rows])
    labels = np.array(truth)
    for stream in set(streams) - {"clean"}:
        chosen = np.flatnonzero(streams == stream)
        for part in np.array_split(chosen, -(-len(chosen) // _BATCH)):
            x_nchw = torch.from_numpy(received[part][:, None]).float() / 255
            with torch.inference_mode():
                y_nchw = teachers[stream](x_nchw).clamp(0, 1) * 255
            labels[part] = y_nchw.round().to(torch.uint8)[:, 0].numpy()
    return labels
