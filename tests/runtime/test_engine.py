"""The choice of the engine, and the error if none can be opened."""

import importlib
import sys

import numpy as np
import onnx
import pytest
from networks import picture, random_convs

from crispen.errors import CrispenError
from crispen.export.onnx_export import write_onnx
from crispen.runtime.engine import ENGINES, open_engine
from crispen.runtime.engines.openvino_engine import OpenVino


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    write_onnx(path, random_convs(), 4, {})
    return path


def test_auto_takes_the_best_that_can_be_imported(model, monkeypatch):
    assert [*ENGINES] == ["openvino", "onnxruntime"]
    assert open_engine("auto", model, 1).name == "openvino"
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if its libraries did not load
    assert open_engine("auto", model, 1).name == "onnxruntime"


def test_an_engine_that_is_installed_but_broken_is_not_replaced_in_silence(model, monkeypatch, caplog):
    real = importlib.import_module

    def broken(name, *words):
        if name == "openvino":
            raise ImportError("libopenvino.so: cannot open shared object file")
        return real(name, *words)

    monkeypatch.setattr(importlib, "import_module", broken)
    for _ in range(2):  # said once
        assert open_engine("auto", model, 1).name == "onnxruntime"
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("crispen: openvino can not be imported (libopenvino.so")
    assert said.endswith("onnxruntime is used instead")
    with pytest.raises(CrispenError, match=r"openvino can not be imported.*no bf16"):
        open_engine("auto", model, 1, "bf16")


def test_an_engine_that_is_not_installed_is_not_missed(model, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert open_engine("auto", model, 1).name == "onnxruntime" and not caplog.records


def test_an_engine_asked_for_is_never_replaced(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(CrispenError, match="pip install openvino"):
        open_engine("openvino", model, 1)


def test_without_engines_each_failure_and_its_remedy_are_told(model, monkeypatch):
    for name in ENGINES:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(CrispenError) as caught:
        open_engine("auto", model, 1)
    assert "pip install openvino" in str(caught.value) and "pip install onnxruntime" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_damaged_file_is_named(engine, model, tmp_path):
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(model.read_bytes()[:-300])
    with pytest.raises(CrispenError, match=r"damaged\.onnx") as caught:
        open_engine(engine, damaged, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_of_another_kind_is_refused(engine, tmp_path):
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"])], "other",
        [value("x", onnx.TensorProto.FLOAT, [1])], [value("y", onnx.TensorProto.FLOAT, [1])],
    )  # fmt: skip
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), tmp_path / "other.onnx")
    with pytest.raises(CrispenError, match=r"other\.onnx.*crispen export"):
        open_engine(engine, tmp_path / "other.onnx", 1)


def test_openvino_computes_in_what_it_says(model):
    """Read back from the compiled network, not from the request."""
    engine = OpenVino(model, threads=1)
    engine(picture(8, 8), 1.0)
    ((request, _),) = engine._requests.values()
    compiled = request.get_compiled_model()
    assert compiled.get_property("INFERENCE_PRECISION_HINT").to_string() == engine.precision == "f32"
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1


def test_only_the_last_few_sizes_are_kept(model):
    engine = OpenVino(model, threads=1)
    for height in (4, 8, 12, 16, 4, 20):
        engine(np.zeros((height, 4), np.uint8), 1.0)
    assert [shape[0] for shape in engine._requests] == [12, 16, 4, 20]
