"""The last step of training a student: the ranges for eight bits, found on whole clips; the weights stay."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from crispen.data.tile_reader import clips_of
from crispen.errors import require
from crispen.model.student import Student

torch = require("torch", "train")

_INSIDE = 99.995  # per cent of a channel's activations that eight bits reach; 99.9 cost 0.03 dB, 100 cost 0.01
_STRIDE = 97  # of the activations that are looked at; prime to the sides of a tile


def calibrate(student: Student, pairs: Path, clips: int) -> None:
    """Sets the `tops` of `student`, on the CPU, from the first `clips` training clips of `pairs`."""
    samples = []
    for _, planes in islice(clips_of(pairs), clips):
        received = torch.from_numpy(planes[:, :1].copy()).float() / 255
        with torch.inference_mode():
            activations = student.correction(received)[1]
        some = slice(len(samples) % _STRIDE, None, _STRIDE)
        channels = [values.transpose(0, 1).flatten(1) for values in activations]
        samples.append([values[:, some].numpy().copy() for values in channels])  # a view keeps them all
    layers = [np.concatenate(layer, axis=1) for layer in zip(*samples, strict=True)]
    tops = np.maximum([np.percentile(layer, _INSIDE, axis=1) for layer in layers], 1e-3)
    student.tops.copy_(torch.from_numpy(tops))  # type: ignore[operator]
