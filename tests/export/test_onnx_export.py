"""The graph computes the same levels as the student, in both engines."""

import errno
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
import torch
from networks import expected, picture, random_convs

from crispen.export.onnx_export import write_onnx
from crispen.model.conv import Conv
from crispen.model.student import Student, StudentConfig


def run(path, y, strength=1.0):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {"luma": y[None, None], "strength": np.array([strength], np.float32)}
    return np.asarray(session.run(["sharp"], feed)[0])[0, 0]


def center(gain: float) -> Conv:
    """Multiplies each of the 16 channels by `gain`."""
    weight = np.zeros((16, 16, 3, 3), np.float32)
    weight[np.arange(16), np.arange(16), 1, 1] = gain
    return Conv(weight, np.zeros(16, np.float32))


@pytest.mark.parametrize(("unshuffle", "depth"), [(2, 2), (4, 2), (8, 2), (4, 0)])
def test_the_file_equals_the_torch_student(unshuffle, depth, tmp_path):
    """Compares training branches, folding and the channel order of the shuffles."""
    torch.manual_seed(1)
    student = Student(StudentConfig(unshuffle, width=8, depth=depth)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.15)
    write_onnx(tmp_path / "net.onnx", student.fold(), unshuffle, {})
    y = picture(48, 64)
    with torch.inference_mode():
        wanted = 255 * student(torch.from_numpy(y)[None, None].float() / 255)[0, 0].numpy()
    assert np.abs(wanted - y).mean() > 3  # the residual is visible
    got = run(tmp_path / "net.onnx", y).astype(float)
    assert np.abs(got - np.clip(wanted, 0, 255)).max() <= 0.5 + 0.01


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 2.0])
def test_strength_scales_the_correction(strength, tmp_path):
    convs = random_convs()
    write_onnx(tmp_path / "net.onnx", convs, 4, {})
    y = picture(40, 24)
    got = run(tmp_path / "net.onnx", y, strength)
    assert np.abs(got - expected(convs, 4, y, strength)).max() <= 0.5 + 0.01
    if strength == 0:
        np.testing.assert_array_equal(got, y)


def test_a_residual_of_a_tenth_by_hand(tmp_path):
    write_onnx(tmp_path / "net.onnx", [center(0.5), center(0.2)], 4, {})
    y = np.array([[0, 1, 4, 6], [10, 14, 16, 99], [100, 104, 106, 200], [231, 232, 240, 255]], np.uint8)
    wanted = [[0, 1, 4, 7], [11, 15, 18, 109], [110, 114, 117, 220], [254, 255, 255, 255]]
    np.testing.assert_array_equal(run(tmp_path / "net.onnx", y), wanted)


def test_the_first_layer_pads_with_the_edge_and_the_others_with_zeros(tmp_path):
    ones = np.ones((16, 16, 3, 3), np.float32) / 9
    for edge, corner in ((True, 9), (False, 4)):
        convs = [Conv(ones / 16, np.zeros(16, np.float32), edge), center(0.1)]
        write_onnx(tmp_path / "net.onnx", convs, 4, {})
        y = np.full((12, 12), 90, np.uint8)
        got = run(tmp_path / "net.onnx", y)
        assert got[0, 0] == 90 + round(9 * corner / 9)
        assert got[6, 6] == 90 + 9
    with pytest.raises(ValueError, match="first"):
        write_onnx(tmp_path / "net.onnx", [center(1.0), Conv(ones, np.zeros(16, np.float32), edge=True)], 4, {})


def test_old_engines_can_read_it(tmp_path):
    """ONNX Runtime 1.20 reads IR 10 and opset 21, OpenVINO 2024.4 opset 20."""
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {})
    model = onnx.load(tmp_path / "net.onnx")
    assert model.ir_version <= 10
    assert [(entry.domain, entry.version <= 20) for entry in model.opset_import] == [("", True)]


def test_the_card_is_written_beside(tmp_path):
    card = {"name": "net", "unshuffle": 4, "quality": {"psnr_gain": 0.25}}
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, card)
    assert json.loads((tmp_path / "net.json").read_text()) == card
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json", "net.onnx"]


def test_a_failed_export_keeps_the_old_files(tmp_path):
    write_onnx(tmp_path / "net.onnx", random_convs(0), 4, {"name": "old"})
    before = (tmp_path / "net.onnx").read_bytes()
    with pytest.raises(TypeError):
        write_onnx(tmp_path / "net.onnx", random_convs(1), 4, {"name": object()})
    assert (tmp_path / "net.onnx").read_bytes() == before
    assert json.loads((tmp_path / "net.json").read_text()) == {"name": "old"}


def test_a_full_disk_keeps_the_old_files(tmp_path, monkeypatch):
    write_onnx(tmp_path / "net.onnx", random_convs(0), 4, {"name": "old"})
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)  # there is space for the network but not for the card
    with pytest.raises(OSError, match="No space"):
        write_onnx(tmp_path / "net.onnx", random_convs(1), 4, {"name": "new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_int8_by_hand(tmp_path):
    """Compared with integer convolutions in double precision, in both engines."""
    torch.manual_seed(4)
    student = Student(StudentConfig(2, 8, 2)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.15)
        student.tops.fill_(1.5)
    convs = student.fold(int8=True)
    path = tmp_path / "net.onnx"
    write_onnx(path, convs, 2, {})
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in onnx.load(path).graph.node}
    y = picture(48, 64)
    features = torch.nn.functional.pixel_unshuffle(torch.from_numpy(y)[None, None].double() / 255, 2)
    for conv in convs:
        padded = torch.nn.functional.pad(features, (1, 1, 1, 1), mode="replicate" if conv.edge else "constant")
        weight, bias = torch.from_numpy(conv.weight).double(), torch.from_numpy(conv.bias).double()
        features = torch.nn.functional.conv2d(padded, weight, bias)
        if conv.top is not None:
            features = (features / conv.top * 255).round().clamp(0, 255) * conv.top / 255
    residual = 255 * torch.nn.functional.pixel_shuffle(features, 2)[0, 0].numpy()
    assert np.abs(residual).mean() > 3
    wanted = np.clip(y + residual, 0, 255)
    engine = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    other = engine({"luma": y[None, None], "strength": np.ones(1, np.float32)})["sharp"][0, 0]
    for sharp in (run(path, y), other):
        off = np.abs(sharp - wanted)
        assert (
            off.max() <= 2 and np.mean(off > 0.51) < 0.03
        )  # an activation between two codes may be rounded either way
