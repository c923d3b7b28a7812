"""Convolutions survive writing and reading."""

import numpy as np
import onnx
import pytest
import torch
from networks import random_convs

from crispen.errors import CrispenError
from crispen.export.onnx_export import write_onnx
from crispen.export.onnx_layers import read_convs
from crispen.model.student import Student, StudentConfig


@pytest.mark.parametrize(("unshuffle", "depth"), [(2, 0), (4, 2)])
def test_float32_is_read_exactly_up_to_the_last_bit(unshuffle, depth, tmp_path):
    convs = random_convs(unshuffle=unshuffle, depth=depth)
    write_onnx(tmp_path / "net.onnx", convs, unshuffle, {})
    found, side = read_convs(tmp_path / "net.onnx")
    assert side == unshuffle and len(found) == depth + 2
    for conv, wanted in zip(found, convs, strict=True):
        np.testing.assert_allclose(conv.weight, wanted.weight, rtol=3e-7)
        np.testing.assert_allclose(conv.bias, wanted.bias, rtol=3e-7)
        assert (conv.edge, conv.steps, conv.top) == (wanted.edge, None, None)


def test_int8_codes_are_read_exactly(tmp_path):
    torch.manual_seed(0)
    student = Student(StudentConfig(2, 8, 1))
    student.tops.fill_(1.5)
    convs = student.fold(int8=True)
    write_onnx(tmp_path / "net.onnx", convs, 2, {})
    found, _ = read_convs(tmp_path / "net.onnx")
    write_onnx(tmp_path / "again.onnx", found, 2, {})
    assert [conv.top is None for conv in found] == [False, False, True]
    first, again = (
        {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(tmp_path / name).graph.initializer}
        for name in ("net.onnx", "again.onnx")
    )
    assert first.keys() == again.keys()
    for name, value in first.items():
        if name.startswith("whole"):
            np.testing.assert_array_equal(again[name], value)
        else:
            np.testing.assert_allclose(again[name], value, rtol=3e-7)


def test_float16_is_read_as_stored(tmp_path):
    convs = random_convs()
    write_onnx(tmp_path / "net.onnx", convs, 4, {}, half=True)
    found, _ = read_convs(tmp_path / "net.onnx")
    for conv, wanted in zip(found, convs, strict=True):
        np.testing.assert_allclose(conv.weight, wanted.weight, rtol=6e-4, atol=1e-5)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.onnx").write_text("text")
    tensor = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [tensor], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "other.onnx")
    for name in ("text.onnx", "other.onnx"):
        with pytest.raises(CrispenError, match=rf"{name} holds no student"):
            read_convs(tmp_path / name)
