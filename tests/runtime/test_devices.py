"""The device that an engine runs on. GPUs and NPUs are fakes here, except in the parity test.

A fake computes on the CPU, and everything that Crispen asks of the engine's library passes through it.
"""

import json
import logging
from typing import ClassVar

import numpy as np
import onnxruntime
import openvino
import pytest
from networks import picture, random_convs
from PIL import Image

from crispen import CrispenError, Sharpener
from crispen.apps.cli import main
from crispen.callbench.contenders.model_contenders import model_contender
from crispen.export.onnx_export import write_onnx
from crispen.runtime.engine import ENGINES, _warn_once, devices_present, open_engine
from crispen.runtime.engines.device import Device
from crispen.runtime.model_files import MODEL_NAMES, find_expert

CUDA, COREML, CPU = "CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    write_onnx(path, random_convs(), 4, {})
    return path


@pytest.fixture(autouse=True)
def warned_before():
    _warn_once.cache_clear()


class FakeCore:
    """OpenVINO's Core with devices of other kinds: what is compiled for them runs on the CPU."""

    names: ClassVar = {"GPU.0": "Fake Graphics", "GPU.1": "Fake Arc", "NPU": "Fake Boost"}
    compiled: ClassVar = []
    real, broken = openvino.Core, ()

    def __init__(self):
        self._core = self.real()
        self.available_devices = ["CPU", *self.names]
        self.read_model = self._core.read_model

    def get_property(self, device, name):
        return self.names.get(device) or self._core.get_property(device, name)

    def compile_model(self, model, device, options):
        if device in self.broken:
            raise RuntimeError("Exception from src/plugin.cpp:1:\nthe driver is too old")
        self.compiled.append((device, options))
        return self._core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


@pytest.fixture
def fake_openvino(monkeypatch):
    monkeypatch.setattr(openvino, "Core", FakeCore)
    monkeypatch.setattr(FakeCore, "compiled", [])
    return FakeCore


class FakeSession:
    """An InferenceSession on providers that are not there."""

    opened: ClassVar = []
    real, missing, lacks_operators, off_by = onnxruntime.InferenceSession, (), False, 0

    def __init__(self, network, options, providers, enable_fallback=True):
        self.names = [each[0] if isinstance(each, tuple) else each for each in providers]
        strict = self.names != [CPU] and options.get_session_config_entry("session.disable_cpu_ep_fallback") == "1"
        if strict and (self.lacks_operators or self.names[0] in self.missing):
            raise RuntimeError("This session contains graph nodes that are assigned to the default CPU EP")
        self.opened.append((providers, enable_fallback))
        self.session = self.real(network, providers=[CPU])

    def get_providers(self):
        return [name for name in self.names if name not in self.missing] + [CPU]

    def get_inputs(self):
        return self.session.get_inputs()

    def get_outputs(self):
        return self.session.get_outputs()

    def run(self, names, feed):
        (sharp,) = self.session.run(names, feed)
        return [np.clip(sharp.astype(int) + self.off_by * (self.names != [CPU]), 0, 255).astype(np.uint8)]


@pytest.fixture
def fake_onnxruntime(monkeypatch):
    def with_providers(*names):
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*names, CPU])
        monkeypatch.setattr(onnxruntime, "InferenceSession", FakeSession)
        monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("Failed to load libcudnn"), raising=False)
        monkeypatch.setattr(FakeSession, "opened", [])
        return FakeSession

    return with_providers


def largest_difference(engine, path, device, plane):
    """Levels between the outputs of a device and of the CPU, by the same engine."""
    there, cpu = (open_engine(engine, path, 1, "int8", each)(plane, 1.0).astype(int) for each in (device, "cpu"))
    return int(abs(there - cpu).max())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cpu_is_a_device_like_the_others(engine, model):
    """The default, the name "cpu" and the list of what is present mean the same."""
    plane = picture(16, 24)
    default, named = open_engine(engine, model, 1), open_engine(engine, model, 1, device="cpu")
    assert default.device == named.device and default.device.kind == "cpu"
    assert np.array_equal(default(plane, 1.0), named(plane, 1.0))
    assert "cpu" in [device.kind for device in devices_present([engine])[engine]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["gpu", "npu"])
def test_a_real_device_agrees_with_the_cpu_within_a_level(engine, kind):
    if kind not in [device.kind for device in devices_present([engine])[engine]]:
        pytest.skip(f"{engine} finds no {kind} on this machine")
    for name in MODEL_NAMES:
        assert largest_difference(engine, find_expert(name, "int8").path, kind, picture(180, 320)) <= 1, name


def test_openvino_compiles_for_the_device_that_was_asked_for(model, fake_openvino):
    plane = picture(16, 24)
    expected = open_engine("openvino", model, 1)(plane, 1.0)
    for kind, device, name in (("gpu", "GPU.0", "Fake Graphics"), ("npu", "NPU", "Fake Boost")):
        fake_openvino.compiled.clear()
        engine = open_engine("openvino", model, 3, "int8", kind)
        assert engine.device == Device(kind, device, name) and str(engine.device) == f"{kind} ({name})"
        assert np.array_equal(engine(plane, 1.0), expected)
        assert {each for each, _ in fake_openvino.compiled} == {device}
        for _, options in fake_openvino.compiled:  # only what the plugin of the device accepts
            assert options == {"PERFORMANCE_HINT": "LATENCY"} | (
                {"INFERENCE_PRECISION_HINT": "f32"} if kind == "gpu" else {}
            )


def test_an_npu_says_that_it_computes_in_f16(model, fake_openvino):
    assert open_engine("openvino", model, 1, "f32", "npu").precision == "f16"
    assert open_engine("openvino", model, 1, "int8", "npu").precision == "int8"
    assert open_engine("openvino", model, 1, "f32", "gpu").precision == "f32"


def test_bf16_is_refused_off_the_cpu(model, fake_openvino):
    with pytest.raises(CrispenError, match=r"bf16 is for the CPU.*gpu \(Fake Graphics\)"):
        open_engine("openvino", model, 1, "bf16", "gpu")


@pytest.mark.parametrize(
    ("providers", "kind", "used"),
    [
        ((CUDA,), "gpu", "CUDA"),
        (("DmlExecutionProvider", COREML), "gpu", "DirectML"),
        ((COREML,), "gpu", "CoreML"),
        ((COREML,), "npu", "CoreML"),
        (("QNNExecutionProvider",), "npu", "QNN"),
    ],
)
def test_onnxruntime_takes_the_provider_of_the_device(providers, kind, used, model, fake_onnxruntime, capsys):
    fake = fake_onnxruntime(*providers)
    plane = picture(16, 24)
    engine = open_engine("onnxruntime", model, 1, "int8", kind)
    assert str(engine.device) == f"{kind} ({used})"
    (((provider, _),), fallback) = fake.opened[0]
    assert provider in providers and not fallback
    assert np.array_equal(engine(plane, 1.0), open_engine("onnxruntime", model, 1)(plane, 1.0))
    assert capsys.readouterr().out == ""  # standard output may carry video


def test_a_provider_that_falls_back_to_the_cpu_is_an_error(model, fake_onnxruntime, monkeypatch):
    fake = fake_onnxruntime(CUDA)
    monkeypatch.setattr(fake, "missing", (CUDA,))
    with pytest.raises(CrispenError, match=r"onnxruntime can not use the gpu \(CUDA\).*missing"):
        open_engine("onnxruntime", model, 1, "int8", "gpu")


def test_a_provider_without_some_operators_is_said(model, fake_onnxruntime, monkeypatch):
    monkeypatch.setattr(fake_onnxruntime(CUDA), "lacks_operators", True)
    assert str(open_engine("onnxruntime", model, 1, "int8", "gpu").device) == "gpu (CUDA, in part on the CPU)"


@pytest.mark.parametrize(
    ("engine", "listed"), [("auto", "cpu (openvino, onnxruntime)"), ("openvino", "cpu (openvino)")]
)
def test_a_device_that_is_absent_is_one_line_with_those_present(engine, listed, model, monkeypatch):
    monkeypatch.setattr("crispen.runtime.engine.openvino_devices", lambda: [Device("cpu", "CPU", "x")])
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    with pytest.raises(CrispenError) as caught:
        open_engine(engine, model, 1, "int8", "npu")
    assert str(caught.value) == f"no npu is present; choose one of these: {listed}"


def test_an_unknown_device_is_refused(model):
    with pytest.raises(CrispenError, match="no device 'tpu'; choose auto, cpu, gpu or npu"):
        open_engine("auto", model, 1, "int8", "tpu")


def test_auto_takes_a_gpu_then_an_npu_then_the_cpu(model, fake_openvino, fake_onnxruntime, monkeypatch):
    fake_onnxruntime(CUDA)

    def opened():
        engine = open_engine("auto", model, 1, "int8", "auto")
        return engine.name, engine.device.kind

    assert opened() == ("openvino", "gpu")
    monkeypatch.setattr(fake_openvino, "names", {"NPU": "Fake Boost"})
    assert opened() == ("onnxruntime", "gpu")  # a GPU in any engine comes before an NPU
    fake_onnxruntime()
    assert opened() == ("openvino", "npu")
    monkeypatch.setattr(fake_openvino, "names", {})
    assert opened() == ("openvino", "cpu")


def test_auto_says_which_device_failed(model, fake_openvino, monkeypatch, caplog):
    monkeypatch.setattr(fake_openvino, "broken", ("GPU.0",))
    with caplog.at_level(logging.WARNING, "crispen"):
        assert open_engine("openvino", model, 1, "int8", "auto").device.kind == "npu"
    (said,) = [record.getMessage() for record in caplog.records]
    assert "gpu (Fake Graphics): the driver is too old; another device is used instead" in said and "\n" not in said
    with pytest.raises(CrispenError, match="the driver is too old"):  # never replaced if named
        open_engine("openvino", model, 1, "int8", "gpu")


@pytest.mark.parametrize("off_by", [0, 1, 2])
def test_the_comparison_with_the_cpu_notices_more_than_a_level(off_by, model, fake_onnxruntime, monkeypatch):
    """int8 of another device may round differently; the parity test above allows one level."""
    monkeypatch.setattr(fake_onnxruntime(CUDA), "off_by", off_by)
    assert largest_difference("onnxruntime", model, "gpu", picture(16, 24)) == off_by


def test_a_sharpener_reports_its_device_and_keeps_it_for_all_experts(fake_openvino):
    y = picture(48, 64)
    with Sharpener("fast", threads=2, device="gpu") as there, Sharpener("fast", threads=2) as cpu:
        assert there.device == "gpu (Fake Graphics)" and there.instructions == ""
        assert there.describe() == "fast (auto), openvino, int8, gpu (Fake Graphics)"
        assert cpu.device == "cpu" and cpu.describe() == "fast (auto), openvino, int8, 2 threads"
        fake_openvino.compiled.clear()
        for expert in ("any", "small"):
            there.hold(there.choice._replace(expert=expert, strength=1.0))
            cpu.hold(there.choice)
            assert np.array_equal(there.luma(y, video=True), cpu.luma(y, video=True))
        assert "GPU.0" in [device for device, _ in fake_openvino.compiled]
        assert there.config.device == "gpu"


def test_auto_uses_one_device_for_all_experts(fake_openvino, monkeypatch):
    with Sharpener("fast", threads=1, device="auto") as sharpener:
        monkeypatch.setattr(fake_openvino, "broken", ("GPU.0",))
        with pytest.raises(CrispenError, match="the driver is too old"):
            sharpener.hold(sharpener.choice._replace(expert="small", strength=1.0))


@pytest.fixture
def only_cpus(monkeypatch):
    monkeypatch.setattr(FakeCore, "names", {})
    monkeypatch.setattr(openvino, "Core", FakeCore)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])


def test_a_command_on_an_absent_device_fails_in_one_line_and_writes_nothing(only_cpus, tmp_path, capsys):
    Image.fromarray(picture(32, 48)).save(tmp_path / "a.png")
    assert main(["sharpen", str(tmp_path / "a.png"), "--device", "gpu"]) == 1
    said = capsys.readouterr().err
    assert said == "crispen: no gpu is present; choose one of these: cpu (openvino, onnxruntime)\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_the_report_says_which_device_ran(fake_openvino, tmp_path, capsys):
    Image.fromarray(picture(32, 48)).save(tmp_path / "a.png")
    assert main(["sharpen", str(tmp_path / "a.png"), "--device", "auto", "--stream", "any", "--json"]) == 0
    out, said = capsys.readouterr()
    assert json.loads(out)["device"] == "gpu (Fake Graphics)" and "on openvino (int8), gpu (Fake Graphics);" in said


def test_scores_of_another_device_are_not_those_of_the_cpu(fake_openvino):
    """CallBench keeps scores by the contender's identity."""
    cpu, gpu = (model_contender("fast", "openvino", 1, "auto", 1.0, device) for device in ("cpu", "gpu"))
    assert gpu.identity != cpu.identity and "gpu (Fake Graphics)" in gpu.identity and "cpu" not in cpu.identity
