"""The last step of training a student: the ranges for eight bits, found on whole clips; the weights stay."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from crispen.data.tiles import clips_of
from crispen.errors import require
from crispen.model.student import Student

torch = require("torch", "train")

_INSIDE = 99.995  # per cent of a layer's activations that eight bits reach; 99.9 cost 0.03 dB, 100 cost 0.01
_STRIDE = 211  # of the activations that are looked at; prime to the sides of a tile


def calibrate(student: Student, pairs: Path, clips: int) -> None:
    """Sets the `tops` of `student`, on the CPU, from the first `clips` training clips of `pairs`."""
    samples = []
    for _, planes in islice(clips_of(pairs), clips):
        received = torch.from_numpy(planes[:, :1].copy()).float() / 255
        with torch.inference_mode():
            activations = student.correction(received)[1]
        some = slice(len(samples) % _STRIDE, None, _STRIDE)
        samples.append([values.flatten()[some].numpy().copy() for values in activations])  # a view keeps them all
    tops = [max(np.percentile(np.concatenate(layer), _INSIDE), 1e-3) for layer in zip(*samples, strict=True)]
    student.tops.copy_(torch.tensor(tops))  # type: ignore[operator]
