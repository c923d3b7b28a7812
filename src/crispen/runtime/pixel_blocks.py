"""Pixels to blocks and back outside the graph: in OpenVINO the two shuffles cost more than a convolution does.

A row of blocks of 2x2 is two rows of pairs of bytes: taken as 16-bit numbers, pairs change places whole, and numpy
moves them at the speed of memory. Blocks come channels last, as OpenVINO's convolutions want them, so that nothing
between has to be reordered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from crispen.telemetry import import_without_telemetry

_WIDE = {2: np.uint16, 4: np.uint32, 8: np.uint64}  # a row of a block as one number


def to_blocks(y: np.ndarray, side: int, blocks: np.ndarray) -> None:
    """SpaceToDepth: a contiguous (H, W) uint8 plane into `blocks`, (1, H / side, W / side, side * side) uint8."""
    rows, columns = y.shape[0] // side, y.shape[1] // side
    source, target = y.view(_WIDE[side]).reshape(rows, side, columns), blocks.view(_WIDE[side])[0]
    for row in range(side):
        target[:, :, row] = source[:, row]


def from_blocks(blocks: np.ndarray, side: int) -> np.ndarray:
    """DepthToSpace: contiguous (1, h, w, side * side) uint8 to a new (h * side, w * side) uint8 plane."""
    source = blocks.view(_WIDE[side])[0]
    rows, columns, _ = source.shape
    target = np.empty((rows, side, columns), _WIDE[side])
    for row in range(side):
        target[:, row] = source[:, :, row]
    return target.view(np.uint8).reshape(rows * side, columns * side)


def without_shuffles(model: Any) -> tuple[Any, int] | None:
    """`model`, an openvino.Model that `crispen export` wrote, from blocks to blocks, and the side of a block.

    Its inputs: blocks, (1, h, w, side * side) uint8, and strength, (1,) float32. The model that is given is used up.
    None for one that does not have the nodes that are looked for, which is left as it was.
    """
    openvino = import_without_telemetry("openvino")
    ops = openvino.opset13
    nodes = {node.get_friendly_name(): node for node in model.get_ordered_ops()}
    if not {"blocks", "padded", "residual", "strength", "sharp"} <= nodes.keys():
        return None
    kinds = nodes["blocks"].get_type_name(), nodes["sharp"].get_type_name()
    if kinds != ("SpaceToDepth", "DepthToSpace"):  # such as a network that ends in a transposed convolution
        return None
    side = nodes["blocks"].get_attributes()["block_size"]
    kernel = next(node for node in nodes.values() if node.get_type_name() == "Convolution").input(1).get_partial_shape()
    around = [0, kernel[2].get_length() // 2, kernel[3].get_length() // 2, 0]
    blocks = ops.parameter([1, -1, -1, side * side], np.uint8, name="blocks_in")
    padded = ops.convert(ops.pad(blocks, ops.constant(around), ops.constant(around), "edge"), np.float32)
    if nodes["padded"].get_type_name() == "Multiply":  # eight bits, dequantised
        padded = ops.multiply(padded, nodes["padded"].input_value(1))
    nodes["padded"].output(0).replace(ops.transpose(padded, ops.constant([0, 3, 1, 2])).output(0))
    correction = ops.multiply(ops.transpose(nodes["residual"], ops.constant([0, 2, 3, 1])), nodes["strength"])
    level = ops.round(ops.add(ops.convert(blocks, np.float32), correction), "half_to_even")
    sharp = ops.convert(ops.clamp(level, 0.0, 255.0), np.uint8)
    return openvino.Model([ops.result(sharp)], [blocks, nodes["strength"]], "crispen"), side
