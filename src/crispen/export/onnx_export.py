"""A folded student, or a folded peer, as an ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.export.onnx_graph import Graph, write_graph
from crispen.model.conv import Conv, Layer


def write_onnx(
    path: Path,
    convs: Sequence[Conv],
    unshuffle: int,
    card: dict,
    half: bool = False,
    size: tuple[int, int] | None = None,
) -> None:
    """Writes a student and, beside it, its card as JSON; see crispen.export.onnx_graph for its ports.

    The scale of [0, 1] that the network was trained on is folded into the first and last kernels, so that whole levels,
    0 to 255, go through bfloat16 unharmed. `convs` in eight bits give a file in eight bits: QuantizeLinear and
    DequantizeLinear around each convolution, which engines fuse. half: store weights in half precision. size: height
    and width, multiples of `unshuffle`, of the one size that it takes; None for any.
    """
    write_layers(path, layers_of(convs), unshuffle, card, half, size)


def layers_of(convs: Sequence[Conv]) -> list[Layer]:
    """A student as a chain of layers."""
    return [
        Layer(
            conv.weight,
            conv.bias,
            None if index == len(convs) - 1 else np.zeros_like(conv.bias),
            conv.edge,
            steps=conv.steps,
            top=conv.top,
        )
        for index, conv in enumerate(convs)
    ]


def write_layers(
    path: Path,
    layers: Sequence[Layer],
    unshuffle: int,
    card: dict,
    half: bool = False,
    size: tuple[int, int] | None = None,
) -> None:
    """As `write_onnx`, for any chain of layers."""
    graph = Graph(unshuffle)
    features, outputs = "input", []
    for index, layer in enumerate(layers):
        features = _convolved(graph, layer, features, index, index == len(layers) - 1, half)
        if layer.slope is not None:
            features = _activated(graph, layer.slope, features, index)
        if layer.top is not None:
            features = graph.rounded(features, layer.top, index)
        if layer.add is not None:
            features = graph.node("Add", [features, outputs[layer.add]], f"joined{index}")
        outputs.append(features)
    write_graph(path, graph.finish(features, layers[-1].transposed, size), card)


def _convolved(graph: Graph, layer: Layer, features: str, index: int, last: bool, half: bool) -> str:
    weight, bias, side = layer.weight, layer.bias, layer.weight.shape[-1]
    pads = [side // 2] * 4
    if layer.edge:
        if index:
            raise ValueError("only the first convolution can repeat the edge")
        features, pads = graph.padded(side // 2, layer.steps is not None), [0] * 4
    first = index == 0 and layer.steps is None  # in eight bits the input is dequantised to [0, 1]
    scale = np.float32((255 if last else 1) / (255 if first else 1))
    if layer.steps is not None:
        weight = graph.whole_weight(weight, layer.steps, scale, index)
    elif half:
        weight = graph.half_weight(weight * scale, index)
    else:
        weight = graph.constant(f"weight{index}", weight * scale)
    inputs = [features, weight, graph.constant(f"bias{index}", bias * np.float32(255) if last else bias)]
    shape = {"kernel_shape": [side, side], "pads": pads}
    name = "residual" if last else f"conv{index}"
    if layer.transposed:
        return graph.node("ConvTranspose", inputs, name, strides=[2, 2], output_padding=[1, 1], **shape)
    return graph.node("Conv", inputs, name, **shape)


def _activated(graph: Graph, slope: np.ndarray, features: str, index: int) -> str:
    if not slope.any():
        return graph.node("Relu", [features], f"relu{index}")
    return graph.node("PRelu", [features, graph.constant(f"slope{index}", slope.reshape(-1, 1, 1))], f"prelu{index}")
