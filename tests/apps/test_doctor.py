"""`crispen doctor`: its report is true, and missing parts are named with a remedy."""

import importlib.util
import json
import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

import av
import pytest
from av.codec.codec import UnknownCodecError

import crispen
from crispen.apps.cli import main
from crispen.cpus import usable_cpus
from crispen.errors import _EXTRAS, CrispenError, require
from crispen.live.v4l2_devices import LOOPBACK, Device
from crispen.runtime.cpu_instructions import instructions


def examined(capsys) -> dict:
    assert main(["doctor", "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


def test_the_report_agrees_with_the_machine(capsys):
    import onnxruntime
    import openvino

    found = examined(capsys)
    assert found["cores"] == usable_cpus()
    assert found["engines"]["openvino"].startswith(openvino.__version__)
    assert found["engines"]["onnxruntime"] == f"{onnxruntime.__version__}, int8 and f32"
    assert set(found["missing"]) <= {"v4l2loopback", "tesseract"}  # which pip does not install
    assert ("tesseract" in found["missing"]) == (shutil.which("tesseract") is None)
    assert ("v4l2loopback" in found["missing"]) == (sys.platform == "linux" and not found["virtual_cameras"])
    for mode, kind in (("r", "decoders"), ("w", "encoders")):
        assert found[kind]
        for name, there in found[kind].items():
            try:
                av.Codec(name, mode)
            except UnknownCodecError:
                assert not there, name
            else:
                assert there, name
    assert {"PNG", "JPEG", "WEBP", "TIFF"} <= set(found["pictures"])


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="the oracle is Linux's")
def test_memory_agrees_with_proc_meminfo(capsys):
    kilobytes = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    assert examined(capsys)["memory_gb"] == pytest.approx(kilobytes * 1024 / 1e9, rel=0.02)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "processor\t: 0\nflags\t\t: fpu sse avx2 avx512f avx2x amx_bf16\nbugs\t: x\n",
            ["amx_bf16", "avx2", "avx512f"],
        ),
        ("processor : 0\nFeatures : fp asimd asimddp crc32\n", ["asimd", "asimddp"]),
        ("flags : fpu sse\n", []),
        ("", []),
    ],
)
def test_instruction_sets_are_read_from_linux(text, wanted, tmp_path):
    (tmp_path / "cpuinfo").write_text(text)
    assert instructions(tmp_path / "cpuinfo") == wanted


def test_systems_without_proc_report_no_instructions_and_memory(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("crispen.runtime.cpu_instructions.instructions", lambda: instructions(tmp_path / "none"))
    monkeypatch.setattr(os, "sysconf_names", {})
    found = examined(capsys)
    assert found["instructions"] is None and found["memory_gb"] is None
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "not reported by this system" in out and "GB" not in out and "None" not in out


def test_everything_is_printed(capsys, monkeypatch):
    there = [
        Device("/dev/video0", "Webcam C270"),
        Device("/dev/video2", ""),
        Device("/dev/video9", "Crispen", LOOPBACK),
    ]
    monkeypatch.setattr("crispen.live.camera.cameras", lambda: there[:2])
    monkeypatch.setattr("crispen.live.v4l2_devices.virtual_cameras", lambda: there[2:])
    monkeypatch.setattr(sys, "platform", "linux")
    found = examined(capsys)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(str(found[key]) in out for key in ("cpu", "cores", "system", "python"))
    for name in (*found["engines"], *found["decoders"], *found["encoders"], *found["pictures"], *found["instructions"]):
        assert name in out
    assert "/dev/video0 Webcam C270, /dev/video2\n" in out and "virtual: /dev/video9 Crispen\n" in out
    assert {line[10:11] for line in out.splitlines()} == {" "}  # one column of headings


@pytest.mark.parametrize("tesseract", [True, False])
def test_missing_packages_are_named_with_their_install_command(tesseract, capsys, monkeypatch, tmp_path):
    (tmp_path / "tesseract").touch(0o755 if tesseract else 0o644)
    monkeypatch.setenv("PATH", str(tmp_path))
    real = importlib.util.find_spec
    gone = ("onnxruntime", "torch")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in gone else real(name))
    monkeypatch.setattr("crispen.video.capabilities.available_encoders", lambda: {"libx264": True, "libx265": False})
    monkeypatch.setattr("crispen.live.v4l2_devices.virtual_cameras", lambda: [])
    monkeypatch.setattr(sys, "platform", "linux")
    found = examined(capsys)
    assert found["engines"]["onnxruntime"] == "is not installed"
    assert list(found["missing"]) == ["onnxruntime", "torch", *["tesseract"] * (not tesseract), "v4l2loopback"]
    assert main(["doctor"]) == 0
    missing = [line.split(None, 1)[1] for line in capsys.readouterr().out.splitlines() if line.startswith("missing")]
    assert missing == [
        "encoder libx265, for videos in this codec; reinstall av",
        "onnxruntime, for the other engine; pip install 'crispen[onnxruntime]'",
        "torch, for crispen teach, distill and route; pip install 'crispen[train]'",
        *["tesseract, for text recognition in crispen eval; install Tesseract (Debian package tesseract-ocr)"]
        * (not tesseract),
        "v4l2loopback, for crispen live as a camera of other programs; sudo modprobe v4l2loopback devices=1 "
        "exclusive_caps=1 card_label=Crispen (once, before: sudo apt-get install v4l2loopback-dkms)",
    ]


def test_every_extra_is_listed_if_nothing_is_installed(capsys, monkeypatch):
    extras = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("av.enumerate_input_devices", lambda layout: [])
    said = str(examined(capsys)["missing"])
    assert [extra for extra in extras if f"crispen[{extra}]" not in said] == [
        *("cuda", "directml"),  # they bring the module that onnxruntime brings
        *("test", "docs", "release", "dev"),
    ]


def test_other_systems_need_obs_for_a_virtual_camera(capsys, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyvirtualcam" else real(name))
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("av.enumerate_input_devices", lambda layout: [])
    assert "crispen[virtualcam]" in examined(capsys)["missing"]["pyvirtualcam"]["get"]


def test_a_broken_engine_is_reported_as_installed(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert "installed but cannot be imported" in examined(capsys)["engines"]["openvino"]


def test_a_device_that_does_not_work_is_said(capsys, monkeypatch):
    """ONNX Runtime lists a provider whose device or libraries are missing; this machine has no GPU of NVIDIA."""
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("the provider may be able to run here")
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    devices = {(each["device"], each["engine"]): each for each in examined(capsys)["devices"]}
    assert devices["cpu", "onnxruntime"]["state"] == ""
    gpu = devices["gpu", "onnxruntime"]
    assert gpu["name"] == "CUDA" and gpu["state"].startswith(", does not work: onnxruntime can not")
    assert main(["doctor"]) == 0
    assert "device     gpu: onnxruntime (CUDA), does not work: " in capsys.readouterr().out


def test_every_optional_module_of_the_source_is_listed(capsys, monkeypatch):
    """Modules that come with others of the same extra need no line of their own."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with_others = {"starlette", "uvicorn", "aioice", "prometheus_client", "flatbuffers", "pyvirtualcam"}
    assert _EXTRAS.keys() - with_others <= examined(capsys)["missing"].keys()
    assert "pytorch_optimizer" in _EXTRAS


def test_an_optional_module_that_is_missing_is_named_with_its_extra(monkeypatch):
    for module, extra in (("cv2", "eval"), ("torch", "train"), ("safetensors.torch", "export"), ("sdl2", "window")):
        monkeypatch.setitem(sys.modules, module.partition(".")[0], None)
        monkeypatch.setitem(sys.modules, module, None)
        package = module.partition(".")[0]
        with pytest.raises(
            CrispenError, match=rf"^{package} is not installed; run: pip install 'crispen\[{extra}\]' \("
        ):
            require(module)


def test_every_module_that_is_required_has_an_extra():
    source = Path(crispen.__file__).parent
    required = {
        name
        for path in source.rglob("*.py")
        for name in re.findall(r'require\("(\w+)', path.read_text(encoding="utf-8"))
    }
    assert required and required <= _EXTRAS.keys()
