"""OpenVINO on a CPU, a GPU or an NPU."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.engine_contract import TensorSpec, check_signature, size_mismatch
from crispen.runtime.engines.device import DEVICES, Device
from crispen.runtime.pixel_blocks import from_blocks, to_blocks, without_shuffles
from crispen.telemetry import import_without_telemetry

_LOST_IN_FORK = (
    "OpenVINO can not be used in a process that was forked after OpenVINO was used; start processes with "
    "multiprocessing's 'spawn' method, or choose the engine onnxruntime"
)
_PROBE = 64  # rows and columns of a test picture; a network without a fixed size takes it


class OpenVino:
    """OpenVINO on the CPU, or on a GPU or an NPU of Intel.

    Each frame size gets a compiled network of its own. Compiling takes some 50 ms, and the network then runs 7 to 15 %
    faster than one for dynamic sizes. The last few are kept.

    Args:
        path: The .onnx file.
        threads: Number of threads of the CPU.
        precision: "bf16", "f32" or "int8"; the last is a property of the file. An NPU computes in "f16" what is not
            in int8, and bf16 is for the CPU.
        device: One of `openvino_devices`; None for the CPU.

    Raises:
        CrispenError: If the network does not fit the contract, or the device does not compute in bfloat16.
    """

    name = "openvino"
    _MAX_SIZES = 4
    _process: int | None = None  # id of the process that used OpenVINO first

    def __init__(self, path: Path, threads: int, precision: str = "f32", device: Device | None = None):
        OpenVino._process = OpenVino._process or os.getpid()
        self._openvino = import_without_telemetry("openvino")
        self._core = self._openvino.Core()
        model = self._core.read_model(path)
        check_signature(path, *([self._spec(each) for each in side] for side in (model.inputs, model.outputs)))
        in_blocks = without_shuffles(model)
        self._model, self._side = in_blocks or (model, 1)
        names = [tensor.any_name for tensor in self._model.inputs]
        self._luma = names.index("luma") if in_blocks is None else 0
        self.device = device or Device("cpu", "CPU", "CPU")
        self._options = _options(self.device.kind, threads, precision)
        self._requests: dict[tuple[int, ...], tuple[Any, np.ndarray]] = {}  # the most recently used is last
        if precision == "bf16" and self.device.kind != "cpu":
            raise CrispenError(f"bf16 is for the CPU; choose another precision for the {self.device}")
        if precision == "bf16" and not has_bf16():
            raise CrispenError("this CPU has no bfloat16 instructions; choose the precision f32 or auto")
        self.precision = "f16" if (precision, self.device.kind) == ("f32", "npu") else precision
        probe, expected = self._reshaped((_PROBE, _PROBE))
        actual = probe.output(0).get_partial_shape()
        if actual.is_static and list(actual.to_shape()) != expected:
            raise size_mismatch(path, actual.to_shape(), expected)
        if self.device.kind != "cpu":  # a driver that fails must fail now
            self(np.zeros((_PROBE, _PROBE), np.uint8), 1.0)

    @classmethod
    def check_process(cls) -> None:
        """Raises RuntimeError in the child of a fork whose parent has used OpenVINO.

        The threads of OpenVINO's pool stay awake for a while after each frame. If one of them held a lock when the
        process forked, the child would wait for that lock forever.
        """
        if cls._process not in (None, os.getpid()):
            raise RuntimeError(_LOST_IN_FORK)

    @staticmethod
    def _spec(tensor: Any) -> TensorSpec:
        shape = tensor.get_partial_shape()
        dims = [] if shape.rank.is_dynamic else [each.get_length() if each.is_static else None for each in shape]
        return TensorSpec(next(iter(tensor.names), ""), tensor.element_type.to_string(), dims)

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        request, source = self._request(y.shape)
        if self._side > 1:
            to_blocks(y, self._side, source)
        else:
            source[0, 0] = y
        request.set_input_tensor(1 - self._luma, self._openvino.Tensor(np.array([strength], np.float32)))
        request.infer()
        sharp = request.get_output_tensor(0).data
        return from_blocks(sharp, self._side) if self._side > 1 else sharp[0, 0].copy()

    def _request(self, shape: tuple[int, ...]) -> tuple[Any, np.ndarray]:
        """The inference request for planes of this shape, and the array from which it reads its input."""
        found = self._requests.pop(shape, None)
        if found is None:
            model, source_shape = self._reshaped(shape)
            request = self._core.compile_model(model, self.device.id, self._options).create_infer_request()
            source = np.zeros(source_shape, np.uint8)
            request.set_input_tensor(self._luma, self._openvino.Tensor(source, shared_memory=True))  # no copy
            found = request, source
            while len(self._requests) >= self._MAX_SIZES:
                del self._requests[next(iter(self._requests))]
        self._requests[shape] = found
        return found

    def _reshaped(self, shape: tuple[int, ...]) -> tuple[Any, list[int]]:
        """The network for planes of this shape, and the shape of its input, which is also that of its output."""
        model, side = self._model.clone(), self._side
        full = [1, shape[0] // side, shape[1] // side, side * side] if side > 1 else [1, 1, *shape]
        model.reshape({self._luma: full, 1 - self._luma: [1]})
        return model, full


def openvino_devices() -> list[Device]:
    """The devices that OpenVINO has a driver for, in its order. Raises ImportError without OpenVINO."""
    core = import_without_telemetry("openvino").Core()
    found = []
    for each in core.available_devices:  # "CPU", "GPU" or "GPU.0", "NPU"
        kind = each.partition(".")[0].lower()
        if kind in DEVICES:
            found.append(Device(kind, each, str(core.get_property(each, "FULL_DEVICE_NAME")).strip()))
    return found


def has_bf16() -> bool:
    """Whether OpenVINO reports bfloat16 arithmetic on this CPU."""
    return "BF16" in import_without_telemetry("openvino").Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _options(kind: str, threads: int, precision: str) -> dict[str, Any]:
    """The properties with which a network is compiled for a device of this kind."""
    options: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if kind != "npu":  # which rejects f32
        # A GPU would otherwise add the correction to the luma in f16, whose steps at 255 are an eighth of a level.
        options["INFERENCE_PRECISION_HINT"] = "bf16" if precision == "bf16" else "f32"
    if kind == "cpu":
        options["INFERENCE_NUM_THREADS"] = threads
        options["ENABLE_CPU_PINNING"] = False  # pinned threads of two Sharpeners could share the same cores
    return options
