"""Reads the convolutions of a student back from an ONNX file that `write_onnx` wrote, such as the shipped ones.

It needs no onnx package, so that `crispen web` runs where only the shipped models are installed.
"""

from __future__ import annotations

from itertools import count
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np

from crispen.errors import CrispenError
from crispen.model.conv import Conv
from crispen.runtime.onnx_file import fields, messages

_OPERATORS = {
    *("SpaceToDepth", "Cast", "Pad", "Conv", "Relu", "Mul", "Add", "Round", "Clip", "DepthToSpace"),
    *("QuantizeLinear", "DequantizeLinear"),
}
# Field numbers of ModelProto, GraphProto, NodeProto and TensorProto in onnx.proto.
_GRAPH, _NODE, _OP_TYPE, _INITIALIZER = 7, 1, 4, 5
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 10: "<f2"}  # TensorProto.DataType


def read_convs(path: Path) -> tuple[list[Conv], int]:
    """The convolutions of a student, in the file's precision, and its unshuffle.

    In float32 they equal what was written up to the last bit, because a scale was multiplied in and is divided out.

    Raises:
        CrispenError: Any other file.
    """
    try:
        (graph,) = messages(fields(memoryview(path.read_bytes())), _GRAPH)
        parts = list(fields(graph))
        found = dict(map(_tensor, messages(parts, _INITIALIZER)))
        operators = {str(_last(node)[_OP_TYPE], "utf-8") for node in messages(parts, _NODE)}
        convs = [_conv(found, index) for index in range(_depth(found))]
        side = isqrt(len(convs[-1].bias))
    except (ValueError, LookupError, TypeError) as error:
        raise CrispenError(f"{path} holds no student that crispen export wrote ({error!r})") from None
    strange = operators - _OPERATORS or [conv for conv in convs if conv.weight.shape[2:] != (3, 3)]
    if strange or "SpaceToDepth" not in operators or len(convs[-1].bias) != side**2:
        raise CrispenError(f"{path} is a reference network, not a student; give its safetensors file")
    return convs, side


def _tensor(message: memoryview) -> tuple[str, np.ndarray]:
    """Name and values of a TensorProto whose values are in raw_data, as the onnx package writes arrays."""
    parts = _last(message)
    values = np.frombuffer(parts.get(_RAW_DATA, b""), _TYPES[parts[_DATA_TYPE]])
    shape = [int(value) for number, value in fields(message) if number == _DIMS]
    return str(parts[_NAME], "utf-8"), values.reshape(shape)


def _last(message: memoryview) -> dict[int, Any]:
    """The last value of each field of a message, by number."""
    return dict(fields(message))


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
