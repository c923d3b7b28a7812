"""Inference engines behind one small contract: a uint8 plane and a strength in, a uint8 plane out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

import numpy as np

from crispen.errors import CrispenError

ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}  # name -> module, best first
PRECISIONS = ("auto", "f32", "bf16")


class Engine(Protocol):
    """name: of the engine. precision: what the convolutions really compute in. Not safe to share between threads."""

    name: str
    precision: str

    def __call__(self, y_nchw: np.ndarray, strength: float) -> np.ndarray:
        """(1, 1, H, W) uint8 -> (1, 1, H, W) uint8, valid until the next call."""
        ...


class OpenVino:
    """OpenVINO on the CPU. One compiled network for each size; the few last sizes are kept."""

    name = "openvino"
    _KEEP = 4  # sizes

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        import openvino

        self._openvino = openvino
        self._core = openvino.Core()
        self._model = self._core.read_model(path)
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": precision,
        }
        self._requests: dict[tuple[int, ...], object] = {}
        if precision == "bf16" and not has_bf16():
            raise CrispenError("this CPU has no bfloat16 instructions; choose the precision f32 or auto")
        self.precision = precision

    def __call__(self, y_nchw: np.ndarray, strength: float) -> np.ndarray:
        request = self._request(y_nchw.shape)
        request.set_tensor("luma", self._openvino.Tensor(y_nchw, shared_memory=True))  # no copy
        request.set_tensor("strength", self._openvino.Tensor(np.array([strength], np.float32)))
        request.infer()
        return request.get_tensor("sharp").data

    def _request(self, shape: tuple[int, ...]):
        request = self._requests.pop(shape, None)
        if request is None:
            model = self._model.clone()
            model.reshape({"luma": list(shape), "strength": [1]})
            request = self._core.compile_model(model, "CPU", self._options).create_infer_request()
            while len(self._requests) >= self._KEEP:
                del self._requests[next(iter(self._requests))]  # the one unused for longest
        self._requests[shape] = request
        return request


class OnnxRuntime:
    """ONNX Runtime on the CPU, in float32."""

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        import onnxruntime

        if precision == "bf16":
            raise CrispenError("ONNX Runtime computes in f32 on a CPU; choose the precision f32 or auto, or the openvino engine")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.precision = "f32"

    def __call__(self, y_nchw: np.ndarray, strength: float) -> np.ndarray:
        feed = {"luma": y_nchw, "strength": np.array([strength], np.float32)}
        return self._session.run(["sharp"], feed)[0]


def has_bf16() -> bool:
    """True if OpenVINO reports bfloat16 arithmetic on this CPU."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def available() -> list[str]:
    """The engines whose package is installed, best first."""
    return [name for name, module in ENGINES.items() if importlib.util.find_spec(module)]


def open_engine(engine: str, path: Path, threads: int, precision: str = "auto") -> Engine:
    """Opens `path` in `engine` ("auto", "openvino" or "onnxruntime").

    "auto" takes the first of ENGINES that is installed; a failure of an engine that was asked for is never papered over
    with another. precision "auto" is f32, the one that every machine has. Raises CrispenError with the remedy.
    """
    if engine not in ("auto", *ENGINES):
        raise CrispenError(f"no engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    if precision not in PRECISIONS:
        raise CrispenError(f"no precision {precision!r}; choose {', '.join(PRECISIONS)}")
    installed = available()
    if engine == "auto":
        if not installed:
            raise CrispenError("no inference engine is installed; run: pip install openvino (or: pip install onnxruntime)")
        engine = installed[0]
    elif engine not in installed:
        raise CrispenError(f"the engine {engine} is not installed; run: pip install {ENGINES[engine]}")
    make = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}[engine]
    try:
        return make(path, threads, "f32" if precision == "auto" else precision)
    except CrispenError:
        raise
    except Exception as error:  # engines raise their own types for a damaged file
        raise CrispenError(f"{engine} can not open {path}: {str(error).strip().splitlines()[-1]}") from error
