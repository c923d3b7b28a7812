"""Reads the convolutions of a student back from an ONNX file that `write_onnx` wrote, such as the shipped ones."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np

from crispen.errors import CrispenError, require
from crispen.model.conv import Conv

_OPERATORS = {
    *("SpaceToDepth", "Cast", "Pad", "Conv", "Relu", "Mul", "Add", "Round", "Clip", "DepthToSpace"),
    *("QuantizeLinear", "DequantizeLinear"),
}


def read_convs(path: Path) -> tuple[list[Conv], int]:
    """The convolutions of a student, in the file's precision, and its unshuffle.

    In float32 they equal what was written up to the last bit, because a scale was multiplied in and is divided out.

    Raises:
        CrispenError: Any other file.
    """
    onnx = require("onnx")
    try:
        graph = onnx.load(str(path)).graph
        found = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
        convs = [_conv(found, index) for index in range(_depth(found))]
        side = next(node for node in graph.node if node.op_type == "SpaceToDepth").attribute[0].i
    except Exception as error:  # onnx raises its own types for a damaged file
        raise CrispenError(f"{path} holds no student that crispen export wrote ({error!r})") from None
    strange = {node.op_type for node in graph.node} - _OPERATORS or [c for c in convs if c.weight.shape[2:] != (3, 3)]
    if strange or not convs or len(convs[-1].bias) != side**2:
        raise CrispenError(f"{path} is a reference network, not a student; give its safetensors file")
    return convs, side


def _depth(found: dict[str, np.ndarray]) -> int:
    return next(index for index in count() if f"bias{index}" not in found)


def _conv(found: dict[str, np.ndarray], index: int) -> Conv:
    """One convolution, without the scales that crispen.export.onnx_export folds into the first and the last."""
    edge, last = index == 0 and "around" in found, f"bias{index + 1}" not in found
    levels = np.float32(255 if last else 1)
    bias = found[f"bias{index}"] / levels
    if f"whole{index}" not in found:
        weight = found[f"half{index}" if f"half{index}" in found else f"weight{index}"].astype(np.float32)
        return Conv(weight / (levels / np.float32(1 if index else 255)), bias, edge)
    steps = found[f"steps{index}"] / levels
    weight = found[f"whole{index}"] * steps.reshape(-1, 1, 1, 1)
    return Conv(weight, bias, edge, steps, None if last else float(found[f"step{index}"]) * 255)
