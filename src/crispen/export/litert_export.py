"""Export of a folded student to LiteRT (TensorFlow Lite), node by node; docs/export.md gives the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.export.tflite_format import Scale, Tensor, TfliteModel
from crispen.model.conv import Conv

STORED = 360, 640  # height and width stored in a file for any size, until its input is resized
_LEVEL, _BLACK = 1 / 255, -128  # quantisation step of luma in [0, 1]; the int8 code of level 0


def write_litert(
    path: Path, convs: Sequence[Conv], unshuffle: int, precision: str = "fp32", size: tuple[int, int] | None = None
) -> None:
    """Writes a student.

    Inputs: `luma` uint8 (1, H, W, 1) and `strength` float32 (1,). Output: `sharp` uint8 (1, H, W, 1).

    Args:
        path: The .tflite file.
        convs: The student's convolutions.
        unshuffle: Side of the pixel block that becomes channels.
        precision: "fp32"; "fp16", weights in float16; "int8", integers throughout, which needs int8 `convs` and has no
            input `strength`: the strength is 1.
        size: (height, width), multiples of `unshuffle`; None for any size, set by resizing `luma`.

    Raises:
        ValueError: "int8" of convolutions that are not int8.
        CrispenError: ai-edge-litert, which contains the file format's schema, is not installed.
    """
    model = TfliteModel(any_size=size is None)
    luma = model.tensor("luma", (1, *(size or STORED), 1), "uint8", (_LEVEL, 0))
    if precision == "int8":
        inputs, sharp = [luma], _int8_network(model, luma, convs, unshuffle)
    else:
        strength = model.tensor("strength", (1,), "float32")
        inputs, sharp = [luma, strength], _float_network(model, luma, strength, convs, unshuffle, precision == "fp16")
    path.write_bytes(model.serialize(inputs, [sharp]))


def _float_network(
    model: TfliteModel, luma: Tensor, strength: Tensor, convs: Sequence[Conv], side: int, half: bool
) -> Tensor:
    """In floating point. The shuffles move bytes; the conversion back to bytes rounds and clips."""
    blocks = _to_blocks(model, luma, side)
    base = features = model.node("DEQUANTIZE", [blocks], "base", dtype="float32")
    for index, conv in enumerate(convs):
        if conv.edge:
            features = model.node("DEQUANTIZE", [_edged(model, blocks)], "edged", dtype="float32")
        weight = model.constant(f"weight{index}", _channels_last(conv.weight).astype("f2" if half else "f4"))
        if half:  # engines convert once, when they load the file
            weight = model.node("DEQUANTIZE", [weight], f"widened{index}", dtype="float32")
        inputs = [features, weight, model.constant(f"bias{index}", conv.bias)]
        features = _convolved(model, inputs, conv, f"conv{index}", last=index == len(convs) - 1)
    correction = model.node("MUL", [features, strength], "correction")
    level = model.node("QUANTIZE", [model.node("ADD", [base, correction], "sum")], "level", "uint8", luma.scale)
    return _to_plane(model, level, side, "sharp")


def _int8_network(model: TfliteModel, luma: Tensor, convs: Sequence[Conv], side: int) -> Tensor:
    """In int8 throughout. The residual is quantised to whole levels, so that adding it to luma rounds nothing again."""
    base = features = _to_blocks(model, model.node("QUANTIZE", [luma], "signed", "int8", (_LEVEL, _BLACK)), side)
    step = _LEVEL
    for index, conv in enumerate(convs):
        if conv.steps is None:
            raise ValueError("int8 needs convolutions in eight bits")
        whole = np.rint(conv.weight / conv.steps.reshape(-1, 1, 1, 1)).astype(np.int8)
        products = conv.steps.astype(float) * step
        weight = model.constant(f"weight{index}", _channels_last(whole), (conv.steps, 0))
        bias = model.constant(f"bias{index}", np.rint(conv.bias / products).astype(np.int32), (products, 0))
        last = conv.top is None
        step = _LEVEL if conv.top is None else conv.top / 255
        inputs = [_edged(model, features) if conv.edge else features, weight, bias]
        features = _convolved(model, inputs, conv, f"conv{index}", last, (step, 0 if last else _BLACK))
    sharp = _to_plane(model, model.node("ADD", [base, features], "sum"), side, "signed_sharp")
    return model.node("QUANTIZE", [sharp], "sharp", "uint8", luma.scale)


def _convolved(
    model: TfliteModel, inputs: Sequence[Tensor], conv: Conv, name: str, last: bool, scale: Scale | None = None
) -> Tensor:
    rows, columns = (length - 2 * conv.edge for length in inputs[0].shape[1:3])
    options = {
        "strideW": 1,
        "strideH": 1,
        "padding": model.code("Padding", "VALID" if conv.edge else "SAME"),
        "fusedActivationFunction": model.code("ActivationFunctionType", "NONE" if last else "RELU"),
    }
    shape = 1, rows, columns, len(conv.bias)
    return model.node("CONV_2D", inputs, name, inputs[0].dtype, scale, shape, options)


def _edged(model: TfliteModel, blocks: Tensor) -> Tensor:
    """Pads by repeating the edge: first and last row, then first and last column. MIRROR_PAD took ten times as long."""
    for axis, sides in ((1, ("top", "bottom")), (2, ("left", "right"))):
        first, last = (_line(model, blocks, axis, begin, name) for begin, name in zip((0, -1), sides, strict=True))
        shape = [length + 2 * (k == axis) for k, length in enumerate(blocks.shape)]
        blocks = model.node("CONCATENATION", [first, blocks, last], f"edged{axis}", shape=shape, options={"axis": axis})
    return blocks


def _line(model: TfliteModel, blocks: Tensor, axis: int, begin: int, name: str) -> Tensor:
    """The first row or column of blocks, or with `begin` -1 the last; the other axes are masked, so any size works."""
    along = np.arange(4) == axis
    bounds = {"begin": begin * along, "end": 1 * along, "step": np.ones(4)}
    inputs = [model.constant(f"{name}_{word}", value.astype(np.int32)) for word, value in bounds.items()]
    others = 0b1111 & ~(1 << axis)
    masks = {"beginMask": others, "endMask": 0b1111 if begin else others}
    shape = [1 if k == axis else length for k, length in enumerate(blocks.shape)]
    return model.node("STRIDED_SLICE", [blocks, *inputs], name, shape=shape, options=masks)


def _to_blocks(model: TfliteModel, plane: Tensor, side: int) -> Tensor:
    _, height, width, _ = plane.shape
    shape = 1, height // side, width // side, side * side
    return model.node("SPACE_TO_DEPTH", [plane], "blocks", shape=shape, options={"blockSize": side})


def _to_plane(model: TfliteModel, blocks: Tensor, side: int, name: str) -> Tensor:
    _, rows, columns, _ = blocks.shape
    shape = 1, rows * side, columns * side, 1
    return model.node("DEPTH_TO_SPACE", [blocks], name, shape=shape, options={"blockSize": side})


def _channels_last(weight: np.ndarray) -> np.ndarray:
    """(O, I, 3, 3) -> (O, 3, 3, I)."""
    return np.ascontiguousarray(weight.transpose(0, 2, 3, 1))
