"""Export of a folded student for the browser: a safetensors file from which `web/` builds its shaders.

The format (https://huggingface.co/docs/safetensors) is a length, a JSON header and raw bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.model.conv import Conv


def write_web(path: str | Path, convs: Sequence[Conv], unshuffle: int, name: str) -> None:
    """Writes a student.

    Tensors: `conv{i}.weight`, (O, I, 3, 3) float32, and `conv{i}.bias`, (O,) float32, first to last. Metadata: format
    ("crispen-network"), name and unshuffle. The first layer pads by repeating the edge, the others with zeros.

    Args:
        path: The .safetensors file.
        convs: The student's convolutions.
        unshuffle: Side of the pixel block that becomes channels; 2.
        name: Name of the model.

    Raises:
        ValueError: Blocks other than 2x2, which do not fit the shaders' vectors of four.
    """
    if unshuffle != 2:
        raise ValueError(
            f"the browser's shaders have four channels to a vector, so blocks of 2x2, not {unshuffle}x{unshuffle}"
        )
    numpy_files = require("safetensors.numpy")
    tensors = {}
    for index, conv in enumerate(convs):
        tensors[f"conv{index}.weight"] = np.ascontiguousarray(conv.weight, np.float32)
        tensors[f"conv{index}.bias"] = np.ascontiguousarray(conv.bias, np.float32)
    about = {"format": "crispen-network", "name": name, "unshuffle": str(unshuffle)}
    data = numpy_files.save(tensors, about)  # not save_file, which makes the file readable for the owner only
    Path(path).write_bytes(data)
