"""The models in the package: there, described truly, within budget, and doing no harm."""

import json

import numpy as np
import onnx
import pytest

from crispen import CrispenError, Sharpener
from crispen.runtime import shipped
from crispen.runtime.shipped import NAMES, find_model

BUDGET = {"fast": 600, "balanced": 1800, "best": 3600}  # MAC per output pixel


@pytest.mark.parametrize("name", NAMES)
def test_the_card_agrees_with_the_graph(name):
    model = find_model(name)
    graph = onnx.load(model.path).graph
    tensors = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    kernels = [tensors[node.input[1]] for node in graph.node if node.op_type == "Conv"]
    biases = [tensors[node.input[2]] for node in graph.node if node.op_type == "Conv"]
    (shuffle,) = (node.attribute[0].i for node in graph.node if node.op_type == "SpaceToDepth")
    assert model.card["name"] == name
    assert model.card["unshuffle"] == model.unshuffle == shuffle
    assert model.card["parameters"] == sum(each.size for each in (*kernels, *biases))
    assert model.card["mac_per_pixel"] == sum(kernel.size for kernel in kernels) / shuffle**2 <= BUDGET[name]
    assert model.card["license"] and model.card["training_data"]


@pytest.mark.parametrize("name", NAMES)
def test_flat_pictures_stay_flat(name):
    with Sharpener(name, threads=1, precision="f32") as sharpener:
        for level in (0, 16, 128, 235, 255):
            y = np.full((36, 52), level, np.uint8)
            assert np.abs(sharpener.luma(y).astype(int) - level).max() <= 2


@pytest.mark.parametrize("name", NAMES)
def test_the_engines_agree_on_what_ships(name):
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:90, :160]
    y = 128 + 70 * np.sin(columns / 6) * np.cos(rows / 4) + rng.normal(0, 4, rows.shape)
    y = np.clip(y, 0, 255).astype(np.uint8)
    with Sharpener(name, "openvino", 1) as one, Sharpener(name, "onnxruntime", 1) as other:
        sharp = one.luma(y)
        assert np.abs(sharp.astype(int) - other.luma(y)).max() <= 1
    assert (sharp != y).any()


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
    with pytest.raises(CrispenError, match=r"fast\.onnx; install crispen again"):
        find_model("fast")


def test_a_card_beside_a_file_is_read(tmp_path):
    (tmp_path / "net.onnx").write_bytes(find_model("fast").path.read_bytes())
    (tmp_path / "net.json").write_text(json.dumps({"unshuffle": 2}))
    assert find_model(tmp_path / "net.onnx").unshuffle == 2
    assert find_model(str(tmp_path / "net.onnx")).name == "net"
