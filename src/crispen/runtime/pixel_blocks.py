"""SpaceToDepth and DepthToSpace outside the graph: in OpenVINO the two cost more than a convolution does.

numpy moves a row of a block at once, as one integer of 2, 4 or 8 bytes, at the speed of memory. Blocks have their
channels last, the layout of OpenVINO's convolutions, so that nothing has to be reordered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crispen.telemetry import import_without_telemetry

_ROW_TYPE = {2: np.uint16, 4: np.uint32, 8: np.uint64}  # a row of a block as one integer


def to_blocks(y: np.ndarray, side: int, blocks: np.ndarray) -> None:
    """SpaceToDepth: a contiguous (H, W) uint8 plane into `blocks`, (1, H / side, W / side, side * side) uint8."""
    rows, columns = y.shape[0] // side, y.shape[1] // side
    source, target = y.view(_ROW_TYPE[side]).reshape(rows, side, columns), blocks.view(_ROW_TYPE[side])[0]
    for row in range(side):
        target[:, :, row] = source[:, row]


def from_blocks(blocks: np.ndarray, side: int) -> np.ndarray:
    """DepthToSpace: contiguous (1, h, w, side * side) uint8 to a new (h * side, w * side) uint8 plane."""
    source = blocks.view(_ROW_TYPE[side])[0]
    rows, columns, _ = source.shape
    target = np.empty((rows, side, columns), _ROW_TYPE[side])
    for row in range(side):
        target[:, row] = source[:, :, row]
    return target.view(np.uint8).reshape(rows * side, columns * side)


def without_shuffles(model: Any) -> tuple[Any, int] | None:
    """Rebuilds a network without SpaceToDepth and DepthToSpace.

    Args:
        model: An openvino.Model that `crispen export` wrote. It is used up, unless the result is None.

    Returns:
        The new model, from blocks, (1, h, w, side * side) uint8, and strength, (1,) float32, to blocks; and the side of
        a block. None if `model` does not have the expected nodes; it is then left as it was.
    """
    openvino = import_without_telemetry("openvino")
    ops = openvino.opset13
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    if not {"blocks", "padded", "residual", "strength", "sharp"} <= nodes.keys():
        return None
    operators = nodes["blocks"].get_type_name(), nodes["sharp"].get_type_name()
    if operators != ("SpaceToDepth", "DepthToSpace"):  # such as a network that ends in a transposed convolution
        return None
    side = nodes["blocks"].get_attributes()["block_size"]
    kernel = next(node for node in nodes.values() if node.get_type_name() == "Convolution").input(1).get_partial_shape()
    margins = [0, kernel[2].get_length() // 2, kernel[3].get_length() // 2, 0]
    blocks = ops.parameter([1, -1, -1, side * side], np.uint8, name="blocks_in")
    padded = ops.convert(ops.pad(blocks, ops.constant(margins), ops.constant(margins), "edge"), np.float32)
    if nodes["padded"].get_type_name() == "Multiply":  # an int8 network dequantizes here
        padded = ops.multiply(padded, nodes["padded"].input_value(1))
    nodes["padded"].output(0).replace(ops.transpose(padded, ops.constant([0, 3, 1, 2])).output(0))
    correction = ops.multiply(ops.transpose(nodes["residual"], ops.constant([0, 2, 3, 1])), nodes["strength"])
    level = ops.round(ops.add(ops.convert(blocks, np.float32), correction), "half_to_even")
    sharp = ops.convert(ops.clamp(level, 0.0, 255.0), np.uint8)
    return openvino.Model([ops.result(sharp)], [blocks, nodes["strength"]], "crispen"), side
