"""ONNX Runtime on a CPU, or on a GPU or an NPU through one of its execution providers."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.engine_contract import TensorSpec, check_signature, size_mismatch
from crispen.runtime.engines.device import Device
from crispen.telemetry import import_without_telemetry

_PROBE = 64  # rows and columns of a test picture; a network without a fixed size takes it
_CPU = Device("cpu", "CPUExecutionProvider", "CPU")
# The best first within each kind.
_PROVIDERS = (
    Device("gpu", "CUDAExecutionProvider", "CUDA"),
    Device("gpu", "DmlExecutionProvider", "DirectML"),
    Device("gpu", "CoreMLExecutionProvider", "CoreML"),
    Device("npu", "CoreMLExecutionProvider", "CoreML"),
    Device("npu", "QNNExecutionProvider", "QNN"),
    _CPU,
)
_PROVIDER_OPTIONS = {
    ("gpu", "CoreMLExecutionProvider"): {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"},
    ("npu", "CoreMLExecutionProvider"): {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndNeuralEngine"},
    ("npu", "QNNExecutionProvider"): {"backend_type": "htp"},
}


class OnnxRuntime:
    """ONNX Runtime with one of its execution providers, in float32 or int8.

    A provider may lack operators of the network, which then run on the CPU; the device's name says so. If nothing runs
    on the provider, that is an error.

    Args and errors as of `OpenVino`; it has no bfloat16.
    """

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int, precision: str = "f32", device: Device | None = None):
        onnxruntime = import_without_telemetry("onnxruntime")
        if precision == "bf16":
            raise CrispenError("ONNX Runtime has no bf16 here; choose another precision, or the openvino engine")
        device = device or _CPU
        # From memory, since the file's name may not be UTF-8.
        self._session, whole = _open_session(onnxruntime, path.read_bytes(), threads, device)
        self.device = device if whole else device._replace(name=f"{device.name}, in part on the CPU")
        tensors = self._session.get_inputs(), self._session.get_outputs()
        check_signature(path, *([self._spec(each) for each in side] for side in tensors))
        self.precision, self._path = precision, path
        luma = next(self._spec(each) for each in tensors[0] if each.name == "luma")
        self._fixed_size = tuple(luma.shape[2:]) if None not in luma.shape[2:] else None  # rows and columns
        if self._fixed_size is None:
            sharp = self._run(np.zeros((_PROBE, _PROBE), np.uint8), 1.0)
            if sharp.shape != (1, 1, _PROBE, _PROBE):
                raise size_mismatch(path, sharp.shape, (1, 1, _PROBE, _PROBE))

    @staticmethod
    def _spec(tensor: Any) -> TensorSpec:
        dtypes = {"tensor(uint8)": "u8", "tensor(float)": "f32"}
        dims = [each if isinstance(each, int) else None for each in tensor.shape or ()]
        return TensorSpec(tensor.name, dtypes.get(str(tensor.type), str(tensor.type)), dims)

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        if self._fixed_size not in (None, y.shape):
            height, width = self._fixed_size
            raise CrispenError(
                f"{self._path} was exported for {width}x{height}, the only size that onnxruntime runs it at; export it "
                "without --size, or choose the openvino engine"
            )
        return self._run(y, strength)[0, 0]

    def _run(self, y: np.ndarray, strength: float) -> np.ndarray:
        feed = {"luma": y[None, None], "strength": np.array([strength], np.float32)}
        return np.asarray(self._session.run(["sharp"], feed)[0])


def onnxruntime_devices() -> list[Device]:
    """The devices whose execution providers are installed. Raises ImportError without ONNX Runtime.

    That a provider is installed does not mean that its device or driver is there: opening a network shows it.
    """
    installed = import_without_telemetry("onnxruntime").get_available_providers()
    return [device for device in _PROVIDERS if device.id in installed]


def _open_session(onnxruntime: Any, network: bytes, threads: int, device: Device) -> tuple[Any, bool]:
    """A session on `device`, and whether all of the network runs there. Raises CrispenError if nothing does."""
    if device.kind == "cpu":
        return onnxruntime.InferenceSession(network, _options(onnxruntime, threads), providers=[device.id]), True
    if device.id == "CUDAExecutionProvider" and hasattr(onnxruntime, "preload_dlls"):
        with contextlib.redirect_stdout(sys.stderr):  # it prints what it does not find
            onnxruntime.preload_dlls()  # the libraries that pip installed
    try:
        session, whole = _start_session(onnxruntime, network, threads, device, "1"), True
    except Exception:  # of ONNX Runtime's own types; what fails for another reason fails again
        session, whole = _start_session(onnxruntime, network, threads, device, "0"), False
    if session.get_providers()[0] != device.id:
        # A provider whose libraries or device are missing is left out without an error.
        raise CrispenError(f"onnxruntime can not use the {device}: its device, driver or libraries are missing")
    return session, whole


def _start_session(onnxruntime: Any, network: bytes, threads: int, device: Device, without_cpu: str) -> Any:
    """A session on `device`; without_cpu: "1" if it is an error that an operator needs the CPU, else "0"."""
    options = _options(onnxruntime, threads)
    options.enable_mem_pattern = device.id != "DmlExecutionProvider"  # which has none
    options.add_session_config_entry("session.disable_cpu_ep_fallback", without_cpu)
    providers = [(device.id, _PROVIDER_OPTIONS.get((device.kind, device.id), {}))]
    return onnxruntime.InferenceSession(network, options, providers=providers, enable_fallback=False)


def _options(onnxruntime: Any, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 4  # failures are raised; they need not be printed too
    return options
