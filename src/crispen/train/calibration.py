"""Calibration: the activation ranges of a trained student for int8, measured on training clips. Weights stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crispen.data.tile_reader import iter_clips
from crispen.errors import require
from crispen.model.student import Student

torch = require("torch")

_PERCENTILE = 99.995  # of a channel's activations, taken as its range; 99.9 costs 0.03 dB, 100 costs 0.01 dB
_STRIDE = 97  # every 97th activation is sampled; coprime to the sides of a tile


def calibrate(student: Student, pairs: Path, clips: int) -> None:
    """Sets the activation ranges `tops` of `student`, on the CPU, from `clips` training clips spread over `pairs`.

    Spread, because a set that was joined from several may begin with one kind of clip, such as soft cameras.
    """
    found, samples = list(iter_clips(pairs)), []
    for index in np.unique(np.linspace(0, len(found) - 1, min(clips, len(found))).astype(int)):
        _, planes = found[index]
        received = torch.from_numpy(planes[:, :1].copy()).float() / 255
        with torch.inference_mode():
            activations = student.correction(received)[1]
        some = slice(len(samples) % _STRIDE, None, _STRIDE)
        channels = [values.transpose(0, 1).flatten(1) for values in activations]
        samples.append([values[:, some].numpy().copy() for values in channels])  # a view would keep all of them
    layers = [np.concatenate(layer, axis=1) for layer in zip(*samples, strict=True)]
    tops = np.maximum([np.percentile(layer, _PERCENTILE, axis=1) for layer in layers], 1e-3)
    student.tops.copy_(torch.from_numpy(tops))  # type: ignore[operator]
