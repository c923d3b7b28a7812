"""Export of a folded student or reference network to ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crispen.export.onnx_graph import Graph, write_graph
from crispen.model.conv import Conv, Layer


def write_onnx(
    path: Path,
    network: Sequence[Conv] | Sequence[Layer],
    unshuffle: int,
    card: dict,
    half: bool = False,
    size: tuple[int, int] | None = None,
) -> None:
    """Writes a network and, beside it, its card as JSON; see crispen.export.onnx_graph for inputs and outputs.

    The network was trained on luma in [0, 1]. That scale is folded into the first and the last kernel, so that the
    graph's input and output are levels from 0 to 255, which bfloat16 represents exactly. Convolutions in int8 become
    QuantizeLinear and DequantizeLinear around each convolution, which engines fuse.

    Args:
        path: The .onnx file; the card goes to the same path with .json.
        network: The convolutions of a student, or the layers of a reference network.
        unshuffle: Side of the pixel block that becomes channels.
        card: Anything JSON can hold.
        half: Store the weights in float16.
        size: (height, width), multiples of `unshuffle`, of a model for one size; None for any size.

    Raises:
        ValueError: A layer other than the first pads by repeating the edge.
    """
    layers = [_layer(each, last=each is network[-1]) for each in network]
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


def _layer(each: Conv | Layer, last: bool) -> Layer:
    """A student's convolution as a layer: ReLU after each but the last."""
    if isinstance(each, Layer):
        return each
    slope = None if last else np.zeros_like(each.bias)
    return Layer(each.weight, each.bias, slope, each.edge, steps=each.steps, top=each.top)


def _convolved(graph: Graph, layer: Layer, features: str, index: int, last: bool, half: bool) -> str:
    weight, bias, side = layer.weight, layer.bias, layer.weight.shape[-1]
    pads = [side // 2] * 4
    if layer.edge:
        if index:
            raise ValueError("only the first convolution can repeat the edge")
        features, pads = graph.padded(side // 2, layer.steps is not None), [0] * 4
    first = index == 0 and layer.steps is None  # of int8 the input is dequantised to [0, 1]
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
