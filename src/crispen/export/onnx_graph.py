"""What all ONNX exports share: uint8 luma in, uint8 luma out, all conversions inside the graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from crispen.errors import require
from crispen.media.atomic_output import atomic_file

onnx = require("onnx")

OPSET, IR_VERSION = 17, 8  # read by ONNX Runtime >= 1.28 (before, it shuffles no bytes) and OpenVINO >= 2024.4


class Graph:
    """Builds the graph of sharp = clip(round(luma + strength * residual), 0, 255), node by node.

    Inputs: `luma` uint8 (1, 1, H, W), H and W multiples of `unshuffle`, and `strength` float32 (1,). Output: `sharp`
    uint8 (1, 1, H, W).

    Args:
        unshuffle: Side of the pixel block that becomes channels.
    """

    def __init__(self, unshuffle: int):
        self._unshuffle = unshuffle
        self._nodes: list = []
        self._constants: list = []
        # The shuffles move bytes instead of floats: a quarter of the memory traffic.
        self.node("SpaceToDepth", ["luma"], "blocks", blocksize=unshuffle)
        self.node("Cast", ["blocks"], "input", to=onnx.TensorProto.FLOAT)

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        """Adds a node and returns the name of its output."""
        self._nodes.append(onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: np.ndarray | np.generic) -> str:
        """Adds a constant and returns its name."""
        self._constants.append(onnx.numpy_helper.from_array(np.asarray(value), name))
        return name

    def padded(self, margin: int, int8: bool) -> str:
        """The input in float32, padded by repeating the edge; with `int8`, dequantised to [0, 1]."""
        around = self.constant("around", np.array([0, 0, margin, margin] * 2, np.int64))
        self.node("Pad", ["blocks", around], "padded_blocks", mode="edge")
        if int8:
            unit, zero = self.constant("unit", np.float32(1 / 255)), self.constant("zero", np.uint8(0))
            return self.node("DequantizeLinear", ["padded_blocks", unit, zero], "padded")
        return self.node("Cast", ["padded_blocks"], "padded", to=onnx.TensorProto.FLOAT)

    def rounded(self, features: str, top: float, index: int) -> str:
        """Non-negative activations quantised to uint8, where 255 represents `top`."""
        step = self.constant(f"step{index}", np.float32(top / 255))
        zero = self.constant(f"zero{index}", np.uint8(0))
        self.node("QuantizeLinear", [features, step, zero], f"byte{index}")
        return self.node("DequantizeLinear", [f"byte{index}", step, zero], f"rounded{index}")

    def whole_weight(self, weight: np.ndarray, steps: np.ndarray, scale: np.float32, index: int) -> str:
        """Weights (O, I, K, K), whole multiples of `steps` (O,), times `scale`, stored as int8."""
        whole = np.rint(weight / steps.reshape(-1, 1, 1, 1)).astype(np.int8)
        inputs = [self.constant(f"whole{index}", whole), self.constant(f"steps{index}", steps * scale)]
        return self.node("DequantizeLinear", inputs, f"weight{index}", axis=0)

    def half_weight(self, weight: np.ndarray, index: int) -> str:
        """Weights stored in float16, which engines convert once, when they load the file."""
        stored = self.constant(f"half{index}", weight.astype(np.float16))
        return self.node("Cast", [stored], f"weight{index}", to=onnx.TensorProto.FLOAT)

    def finish(self, residual: str, doubled: bool = False, size: tuple[int, int] | None = None):
        """The complete graph.

        Args:
            residual: Name of the residual in levels.
            doubled: True if the residual has the picture's resolution, False if it is in blocks.
            size: (height, width) of a model for one size; None for any size.
        """
        uint8, float32 = onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT
        base = self.node("Cast", ["luma"], "plane", to=float32) if doubled else "input"
        self.node("Mul", [residual, "strength"], "correction")
        self.node("Add", [base, "correction"], "sum")
        self.node("Round", ["sum"], "whole")
        black, white = self.constant("black", np.float32(0)), self.constant("white", np.float32(255))
        self.node("Clip", ["whole", black, white], "level")
        self.node("Cast", ["level"], "sharp" if doubled else "sharp_blocks", to=uint8)
        if not doubled:
            self.node("DepthToSpace", ["sharp_blocks"], "sharp", blocksize=self._unshuffle, mode="DCR")
        tensor = onnx.helper.make_tensor_value_info
        shape = [1, 1, *(size or ("H", "W"))]
        return onnx.helper.make_graph(
            self._nodes,
            "crispen",
            [tensor("luma", uint8, shape), tensor("strength", float32, [1])],
            [tensor("sharp", uint8, shape)],
            self._constants,
        )


def write_graph(path: Path, graph, card: dict) -> None:
    """Writes the network and, beside it, its card as JSON; existing files are replaced once both are complete."""
    text = json.dumps(card, indent=2) + "\n"  # first, so that a card that JSON cannot hold changes no file
    model = onnx.helper.make_model(
        graph,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="crispen",
    )
    onnx.checker.check_model(model, full_check=True)
    with atomic_file(path, overwrite=True) as network, atomic_file(path.with_suffix(".json"), overwrite=True) as beside:
        network.write_bytes(model.SerializeToString())
        beside.write_text(text, encoding="utf-8")
