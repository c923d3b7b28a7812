"""The models in the package: there, described truly, within budget, and doing no harm."""

import json

import cv2
import numpy as np
import onnx
import pytest
from skimage.data import astronaut

from crispen import CrispenError, Sharpener
from crispen.runtime import shipped
from crispen.runtime.shipped import NAMES, find_model

BUDGET = {"fast": 600, "balanced": 1800, "best": 3600}  # MAC per output pixel


@pytest.mark.parametrize("precision", ["f32", "int8"])
@pytest.mark.parametrize("name", NAMES)
def test_the_card_agrees_with_the_graph(name, precision):
    model = find_model(name, precision)
    graph = onnx.load(model.path).graph
    tensors = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:  # in int8 a kernel is made from whole numbers
        if node.op_type == "DequantizeLinear" and node.input[0] in tensors:
            assert tensors[node.input[0]].dtype == np.int8
            tensors[node.output[0]] = tensors[node.input[0]]
    assert any("QuantizeLinear" in node.op_type for node in graph.node) == (precision == "int8")
    assert model.name == name and model.precision == precision
    kernels = [tensors[node.input[1]] for node in graph.node if node.op_type == "Conv"]
    biases = [tensors[node.input[2]] for node in graph.node if node.op_type == "Conv"]
    (shuffle,) = (node.attribute[0].i for node in graph.node if node.op_type == "SpaceToDepth")
    assert model.card["name"] == name
    assert model.card["unshuffle"] == model.unshuffle == shuffle
    assert model.card["parameters"] == sum(each.size for each in (*kernels, *biases))
    per_pixel = [kernel.size for kernel in kernels if kernel.shape[2:] == (3, 3)]  # the gate's 1x1 is for the picture
    assert model.card["mac_per_pixel"] == sum(per_pixel) / shuffle**2 <= BUDGET[name]
    assert model.card["license"] and model.card["training_data"]


@pytest.mark.parametrize("precision", ["f32", "int8"])
@pytest.mark.parametrize("name", NAMES)
def test_flat_pictures_stay_flat(name, precision):
    with Sharpener(name, threads=1, precision=precision) as sharpener:
        for level in (0, 16, 128, 235, 255):
            y = np.full((36, 52), level, np.uint8)
            assert np.abs(sharpener.luma(y).astype(int) - level).max() <= 2


@pytest.mark.parametrize("precision", ["f32", "int8"])
@pytest.mark.parametrize("name", NAMES)
def test_the_engines_agree_on_what_ships(name, precision):
    sharp_once = cv2.cvtColor(astronaut()[:240, :320], cv2.COLOR_RGB2GRAY)
    y = cv2.resize(cv2.resize(sharp_once, (160, 120), interpolation=cv2.INTER_AREA), (320, 240))
    engines = (Sharpener(name, engine, 1, precision=precision) for engine in ("openvino", "onnxruntime"))
    with next(engines) as one, next(engines) as other:
        sharp = one.luma(y)
        assert np.abs(sharp.astype(int) - other.luma(y)).max() <= 1
    before, after = (np.mean((plane.astype(float) - sharp_once) ** 2) for plane in (y, sharp))
    assert after < 0.95 * before


@pytest.mark.parametrize("name", ["better", "no/such.onnx", "", "fast.txt"])
def test_a_model_that_is_not_there(name):
    with pytest.raises(CrispenError, match="fast, balanced, best"):
        find_model(name)


def test_a_damaged_card_is_named(tmp_path):
    (tmp_path / "net.onnx").write_bytes(find_model("fast").path.read_bytes())
    (tmp_path / "net.json").write_text('{"name": ')
    with pytest.raises(CrispenError, match=r"net\.json is not JSON"):
        find_model(tmp_path / "net.onnx")


@pytest.mark.parametrize("text", ["[4]", "null", '{"unshuffle": 3}', '{"unshuffle": 0}', '{"unshuffle": "four"}'])
def test_a_card_of_something_else_is_named(text, tmp_path):
    (tmp_path / "net.onnx").write_bytes(b"")
    (tmp_path / "net.json").write_text(text)
    with pytest.raises(CrispenError, match=r"net\.json is no card"):
        find_model(tmp_path / "net.onnx")


def test_a_broken_installation_is_told_from_a_wrong_name(tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "_FOLDER", tmp_path)
    with pytest.raises(CrispenError, match=r"fast\.int8\.onnx; install crispen again"):
        find_model("fast")


def test_a_card_beside_a_file_is_read(tmp_path):
    (tmp_path / "net.onnx").write_bytes(find_model("fast").path.read_bytes())
    (tmp_path / "net.json").write_text(json.dumps({"unshuffle": 2}))
    assert find_model(tmp_path / "net.onnx").unshuffle == 2
    assert find_model(str(tmp_path / "net.onnx")).name == "net"


@pytest.mark.parametrize("name", NAMES)
def test_eight_bits_are_what_runs_and_cost_next_to_nothing(name):
    y = cv2.cvtColor(astronaut()[:240, :320], cv2.COLOR_RGB2GRAY)
    y = cv2.resize(cv2.resize(y, (160, 120), interpolation=cv2.INTER_AREA), (320, 240))
    with Sharpener(name, threads=1) as small, Sharpener(name, threads=1, precision="f32") as full:
        assert (small.precision, full.precision) == ("int8", "f32")
        change, off = full.luma(y).astype(float) - y, small.luma(y).astype(float) - full.luma(y)
    assert np.mean(off**2) < 0.05 * np.mean(change**2) and np.abs(off).max() <= 8


def test_a_file_runs_in_what_it_was_written_in(tmp_path):
    path = find_model("fast", "int8").path
    assert find_model(path).precision == find_model(path, "int8").precision == "int8"
    assert find_model(find_model("fast", "f32").path, "bf16").precision == "f32"
    with pytest.raises(CrispenError, match="is in int8 and can not run in bf16"):
        find_model(path, "bf16")
