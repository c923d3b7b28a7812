"""A folded student as an ONNX file: uint8 luma in, uint8 luma out, everything between inside the graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.media.output import whole_file
from crispen.model.fold import Conv, FoldedGate

onnx = require("onnx", "train")

OPSET, IR_VERSION = 17, 8  # read by ONNX Runtime >= 1.20 and OpenVINO >= 2024.4


def write_onnx(path: Path, convs: Sequence[Conv], unshuffle: int, card: dict, gate: FoldedGate | None = None) -> None:
    """Writes the network and, beside it, its card as JSON; what is there is replaced once both are complete.

    The graph: `luma` uint8 (1, 1, H, W), H and W multiples of `unshuffle`, and `strength` float32 (1,) give `sharp`
    uint8 (1, 1, H, W) = clip(round(luma + strength * residual), 0, 255). The scale of [0, 1] that the network was
    trained on is folded into the first and last kernels, so that whole levels, 0 to 255, go through bfloat16 unharmed.
    A gate multiplies `strength` by its number for the picture.
    """
    text = json.dumps(card, indent=2) + "\n"  # first: a card that JSON can not hold must leave both files as they were
    graph = _graph(convs, unshuffle, gate)
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="crispen",
    )
    onnx.checker.check_model(model, full_check=True)
    with whole_file(path, overwrite=True) as network, whole_file(path.with_suffix(".json"), overwrite=True) as beside:
        network.write_bytes(model.SerializeToString())
        beside.write_text(text, encoding="utf-8")


def _graph(convs: Sequence[Conv], unshuffle: int, gate: FoldedGate | None):
    node, tensor = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    uint8, float32 = onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT
    constants: list = []

    def constant(name: str, value: np.ndarray | np.float32) -> str:
        constants.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    # The shuffles move bytes, not floats: a quarter of the memory traffic.
    nodes = [
        node("SpaceToDepth", ["luma"], ["blocks"], blocksize=unshuffle),
        node("Cast", ["blocks"], ["input"], to=float32),
    ]
    features = "input"
    for index, conv in enumerate(convs):
        weight, bias, pads = conv.weight, conv.bias, [1, 1, 1, 1]
        if conv.edge:
            if index:
                raise ValueError("only the first convolution can repeat the edge")
            around = constant("around", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
            nodes.insert(1, node("Pad", ["blocks", around], ["padded_blocks"], mode="edge"))
            nodes.append(node("Cast", ["padded_blocks"], ["padded"], to=float32))
            features, pads = "padded", [0, 0, 0, 0]
        if index == 0:
            weight = weight / np.float32(255)
        last = index == len(convs) - 1
        if last:
            weight, bias = weight * np.float32(255), bias * np.float32(255)
        inputs = [features, constant(f"weight{index}", weight), constant(f"bias{index}", bias)]
        features = "residual" if last else f"conv{index}"
        nodes.append(node("Conv", inputs, [features], kernel_shape=[3, 3], pads=pads))
        if not last:
            nodes.append(node("Relu", [features], [f"relu{index}"]))
            features = f"relu{index}"
    strength = "strength"
    if gate is not None:
        strength = "gated"
        weight = gate.weight.reshape(1, -1, 1, 1)
        nodes += [
            node("ReduceMean", [f"relu{gate.layer}"], ["means"], axes=[2, 3], keepdims=1),
            node("Add", ["means", constant("floor", np.float32(gate.floor))], ["floored"]),
            node("Log", ["floored"], ["logarithms"]),
            node("Conv", ["logarithms", constant("gate", weight), constant("threshold", gate.bias)], ["balance"]),
            node("Sigmoid", ["balance"], ["share"]),
            node("Mul", ["share", constant("two", np.float32(2))], ["factor"]),
            node("Mul", ["factor", "strength"], [strength]),
        ]
    nodes += [
        node("Mul", ["residual", strength], ["correction"]),
        node("Add", ["input", "correction"], ["sum"]),
        node("Round", ["sum"], ["whole"]),
        node("Clip", ["whole", constant("black", np.float32(0)), constant("white", np.float32(255))], ["level"]),
        node("Cast", ["level"], ["sharp_blocks"], to=uint8),
        node("DepthToSpace", ["sharp_blocks"], ["sharp"], blocksize=unshuffle, mode="DCR"),
    ]
    return onnx.helper.make_graph(
        nodes,
        "crispen",
        [tensor("luma", uint8, [1, 1, "H", "W"]), tensor("strength", float32, [1])],
        [tensor("sharp", uint8, [1, 1, "H", "W"])],
        constants,
    )
