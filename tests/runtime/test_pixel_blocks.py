"""Shuffles outside the graph: the same blocks as PyTorch's, and the same bits as the whole graph."""

import numpy as np
import openvino
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import picture, random_convs

from crispen.export.onnx_export import write_onnx
from crispen.model.student import Student, StudentConfig
from crispen.runtime.engines.openvino_engine import OpenVino
from crispen.runtime.pixel_blocks import from_blocks, to_blocks, without_shuffles


@given(st.sampled_from([2, 4, 8]), st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_blocks_are_those_of_pixel_unshuffle(side, rows, columns, seed):
    y = np.random.default_rng(seed).integers(0, 256, (side * rows, side * columns), np.uint8)
    blocks = np.zeros((1, rows, columns, side * side), np.uint8)
    to_blocks(y, side, blocks)
    wanted = torch.nn.functional.pixel_unshuffle(torch.from_numpy(y)[None, None], side).permute(0, 2, 3, 1)
    np.testing.assert_array_equal(blocks, wanted.numpy())
    np.testing.assert_array_equal(from_blocks(blocks, side), y)


@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("side", [2, 4])
def test_the_graph_without_its_shuffles_is_the_graph(side, int8, tmp_path):
    torch.manual_seed(3)
    student = Student(StudentConfig(side, 8, 2)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.15)
        student.tops.fill_(1.5)
    write_onnx(tmp_path / "net.onnx", student.fold(int8), side, {})
    whole = openvino.Core().compile_model(tmp_path / "net.onnx", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    engine = OpenVino(tmp_path / "net.onnx", 1, "int8" if int8 else "f32")
    assert engine._side == side
    for height, width in ((48, 64), (side, 3 * side), (40, 56)):
        y = picture(height, width, height)
        for strength in (1.0, 0.3):
            wanted = whole({"luma": y[None, None], "strength": np.array([strength], np.float32)})["sharp"][0, 0]
            got = engine(y, strength)
            assert (wanted != y).mean() > 0.3
            if int8:
                np.testing.assert_array_equal(got, wanted)
            else:  # sums of floats in another order
                assert np.abs(got.astype(int) - wanted).max() <= 1 and (got != wanted).mean() < 0.001


def test_results_are_the_callers_own(tmp_path):
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {})
    engine = OpenVino(tmp_path / "net.onnx", 1)
    first = engine(picture(16, 16, 1), 1.0)
    kept = first.copy()
    engine(picture(16, 16, 2), 1.0)
    np.testing.assert_array_equal(first, kept)


def test_another_graph_is_left_as_it_was():
    ops = openvino.opset13
    x = ops.parameter([1, 1, 8, 8], np.uint8, name="luma")
    model = openvino.Model([ops.result(ops.relu(ops.convert(x, np.float32)))], [x], "other")
    before = [node.get_friendly_name() for node in model.get_ordered_ops()]
    assert without_shuffles(model) is None
    assert [node.get_friendly_name() for node in model.get_ordered_ops()] == before
