"""ONNX files that are not valid networks of Crispen, each in one way."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper, numpy_helper

U8, F32 = T.UINT8, T.FLOAT
PLANE = [1, 1, "H", "W"]


def value(name, kind=U8, shape=PLANE):
    return helper.make_tensor_value_info(name, kind, shape)


LUMA, STRENGTH, SHARP = value("luma"), value("strength", F32, [1]), value("sharp")
CAST = helper.make_node("Cast", ["luma"], ["float"], to=F32)
SCALED = helper.make_node("Mul", ["float", "strength"], ["scaled"])
BACK = helper.make_node("Cast", ["scaled"], ["sharp"], to=U8)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def _resized(scales):
    resize = helper.make_node("Resize", ["scaled", "", "scales"], ["resized"], mode="nearest")
    last = helper.make_node("Cast", ["resized"], ["sharp"], to=U8)
    return dict(nodes=[CAST, SCALED, resize, last], constants=[constant("scales", np.float32(scales))])


def _loop(trips):
    """`sharp` after a loop of `trips` iterations."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["on"]), helper.make_node("Add", ["value", "one"], ["next"])], "body",
        [value("turn", T.INT64, []), value("going", T.BOOL, []), value("value", F32, PLANE)],
        [value("on", T.BOOL, []), value("next", F32, PLANE)], [constant("one", np.float32(1))],
    )  # fmt: skip
    loop = helper.make_node("Loop", ["trips", "", "scaled"], ["looped"], body=body)
    last = helper.make_node("Cast", ["looped"], ["sharp"], to=U8)
    return dict(nodes=[CAST, SCALED, loop, last], constants=[constant("trips", np.int64(trips))])


def _branch():
    def branch(kind):
        node = helper.make_node(kind, ["scaled"], ["chosen"])
        return helper.make_graph([node], kind, [], [value("chosen", F32, PLANE)])

    chosen = helper.make_node("If", ["yes"], ["which"], then_branch=branch("Relu"), else_branch=branch("Abs"))
    last = helper.make_node("Cast", ["which"], ["sharp"], to=U8)
    return dict(nodes=[CAST, SCALED, chosen, last], constants=[constant("yes", np.array(True))])


def _chain(length):
    names = ["scaled", *(f"step{k}" for k in range(length))]
    steps = [helper.make_node("Relu", [one], [next]) for one, next in pairwise(names)]
    return dict(nodes=[CAST, SCALED, *steps, helper.make_node("Cast", [names[-1]], ["sharp"], to=U8)])


def _kernel():
    """A convolution of five input channels where there is one."""
    conv = helper.make_node("Conv", ["scaled", "kernel"], ["sum"])
    last = helper.make_node("Cast", ["sum"], ["sharp"], to=U8)
    return dict(nodes=[CAST, SCALED, conv, last], constants=[constant("kernel", np.ones((1, 5, 1, 1), np.float32))])


def _huge():
    """Adds the sum of 2^50 zeros."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["zero"], keepdims=0),
        helper.make_node("Add", ["scaled", "zero"], ["sum"]), helper.make_node("Cast", ["sum"], ["sharp"], to=U8),
    ]  # fmt: skip
    return dict(nodes=[CAST, SCALED, *nodes], constants=[constant("shape", np.array([2**25, 2**25], np.int64))])


def _shaped(luma, sharp=None, strength=(1,)):
    return STRAIGHT | dict(
        inputs=[value("luma", U8, luma), value("strength", F32, strength)], outputs=[value("sharp", U8, sharp or luma)]
    )


STRAIGHT = dict(nodes=[CAST, SCALED, BACK])
FLOAT = value("sharp", F32)
UNUSED = helper.make_node("Relu", ["more"], ["unused"])
# What is wrong -> the graph.
FOREIGN = {
    "the output is a float": dict(
        nodes=[CAST, helper.make_node("Mul", ["float", "strength"], ["sharp"])], outputs=[FLOAT],
    ),
    "all are floats": dict(
        nodes=[helper.make_node("Mul", ["luma", "strength"], ["sharp"])], inputs=[value("luma", F32), STRENGTH],
        outputs=[FLOAT],
    ),
    "three channels": _shaped([1, 3, "H", "W"]),
    "three dimensions": _shaped([1, "H", "W"]),
    "strengths for two": _shaped(PLANE, [1, 2, "H", "W"], [2]),
    "twice the size": _resized([1, 1, 2, 2]),
    "half the rows": _resized([1, 1, 0.5, 1]),
    "a third input": dict(
        inputs=[LUMA, STRENGTH, value("more", F32, [1])], nodes=[*STRAIGHT["nodes"], UNUSED],
    ),
    "a second output": dict(STRAIGHT, outputs=[value("float", F32), SHARP]),
    "no strength": dict(nodes=[helper.make_node("Identity", ["luma"], ["sharp"])], inputs=[LUMA]),
    "an endless loop": _loop(2**62),
    "a loop": _loop(3),
    "a branch": _branch(),
    "a very long chain": _chain(20_000),
    "an operator that does not exist": dict(nodes=[CAST, SCALED, helper.make_node("Sharpen", ["scaled"], ["sharp"])]),
    "a kernel for other channels": _kernel(),
    "four petabytes": _huge(),
}  # fmt: skip


def write_foreign(path: Path, wrong: str) -> Path:
    """Writes the network that is `wrong`; "" is a valid one."""
    parts = FOREIGN[wrong] if wrong else STRAIGHT
    graph = helper.make_graph(
        parts["nodes"], "foreign", parts.get("inputs", [LUMA, STRENGTH]), parts.get("outputs", [SHARP]),
        parts.get("constants", []),
    )  # fmt: skip
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path
