"""A folded student for the browser: a safetensors file that `web/` makes compute shaders of.

The format (https://huggingface.co/docs/safetensors) is a length, a JSON header and plain bytes, so a page reads it in a
few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.model.conv import Conv


def write_web(path: str | Path, convs: Sequence[Conv], unshuffle: int, name: str) -> None:
    """Writes the plain convolutions `convs` on blocks of `unshuffle` x `unshuffle` pixels.

    Tensors `conv{i}.weight`, (O, I, 3, 3) float32, and `conv{i}.bias`, (O,) float32, first to last; metadata: format
    ("crispen-network"), name and unshuffle. The first layer repeats the edge, the others pad by zeros, as in a student.
    Raises ValueError for blocks other than 2x2, which are what four channels hold.
    """
    if unshuffle != 2:
        raise ValueError(
            f"the browser's shaders have four channels to a vector, so blocks of 2x2, not {unshuffle}x{unshuffle}"
        )
    numpy_files = require("safetensors.numpy", "export")
    tensors = {}
    for index, conv in enumerate(convs):
        tensors[f"conv{index}.weight"] = np.ascontiguousarray(conv.weight, np.float32)
        tensors[f"conv{index}.bias"] = np.ascontiguousarray(conv.bias, np.float32)
    about = {"format": "crispen-network", "name": name, "unshuffle": str(unshuffle)}
    Path(path).write_bytes(numpy_files.save(tensors, about))  # save_file would write what no one else may read
