"""Inference engines behind one small contract: a uint8 plane and a strength in, a uint8 plane out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from crispen.errors import CrispenError
from crispen.runtime.blocks import from_blocks, to_blocks, without_shuffles
from crispen.telemetry import import_silent

ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}  # name -> module, best first


class Engine(Protocol):
    """name: of the engine. precision: what the convolutions really compute in. Not safe to share between threads."""

    name: str
    precision: str

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        """A contiguous (H, W) uint8 plane -> a new one of the same size."""
        ...


class OpenVino:
    """OpenVINO on the CPU.

    Each size gets a compiled network of its own, some 50 ms once, which then runs 7 to 15 % faster than one for all
    sizes; the last few are kept.
    """

    name = "openvino"
    _KEEP = 4  # sizes

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        self._openvino = import_silent("openvino")
        self._core = self._openvino.Core()
        model = self._core.read_model(path)
        _check_ports(path, *({port.any_name for port in ports} for ports in (model.inputs, model.outputs)))
        in_blocks = without_shuffles(model)
        self._model, self._side = in_blocks or (model, 1)
        names = [port.any_name for port in self._model.inputs]
        self._luma = names.index("luma") if in_blocks is None else 0
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",  # int8 is in the file
            "ENABLE_CPU_PINNING": False,  # pinned, the threads of two Sharpeners could fight for the same cores
        }
        self._requests: dict[tuple[int, ...], tuple[Any, np.ndarray]] = {}
        if precision == "bf16" and not has_bf16():
            raise CrispenError("this CPU has no bfloat16 instructions; choose the precision f32 or auto")
        self.precision = precision

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        request, received = self._request(y.shape)
        if self._side > 1:
            to_blocks(y, self._side, received)
        else:
            received[0, 0] = y
        request.set_input_tensor(1 - self._luma, self._openvino.Tensor(np.array([strength], np.float32)))
        request.infer()
        made = request.get_output_tensor(0).data
        return from_blocks(made, self._side) if self._side > 1 else made[0, 0].copy()

    def _request(self, shape: tuple[int, ...]) -> tuple[Any, np.ndarray]:
        """What runs at this size, and the memory that it reads its input from."""
        found = self._requests.pop(shape, None)
        if found is None:
            model, side = self._model.clone(), self._side
            whole = [1, shape[0] // side, shape[1] // side, side * side] if side > 1 else [1, 1, *shape]
            model.reshape({self._luma: whole, 1 - self._luma: [1]})
            request = self._core.compile_model(model, "CPU", self._options).create_infer_request()
            received = np.zeros(whole, np.uint8)
            request.set_input_tensor(self._luma, self._openvino.Tensor(received, shared_memory=True))  # no copy
            found = request, received
            while len(self._requests) >= self._KEEP:
                del self._requests[next(iter(self._requests))]  # the one unused for longest
        self._requests[shape] = found
        return found


class OnnxRuntime:
    """ONNX Runtime on the CPU, in float32 or int8."""

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        onnxruntime = import_silent("onnxruntime")
        if precision == "bf16":
            raise CrispenError("ONNX Runtime has no bf16 on a CPU; choose another precision, or the openvino engine")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        ports = self._session.get_inputs(), self._session.get_outputs()
        _check_ports(path, *({port.name for port in side} for side in ports))
        self.precision = precision

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        feed = {"luma": y[None, None], "strength": np.array([strength], np.float32)}
        return np.asarray(self._session.run(["sharp"], feed)[0])[0, 0]


def has_bf16() -> bool:
    """True if OpenVINO reports bfloat16 arithmetic on this CPU."""
    return "BF16" in import_silent("openvino").Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def available() -> list[str]:
    """The engines whose package is installed, best first."""
    return [name for name, module in ENGINES.items() if importlib.util.find_spec(module)]


def open_engine(engine: str, path: Path, threads: int, precision: str = "f32") -> Engine:
    """Opens `path` in `engine` ("auto", "openvino" or "onnxruntime").

    "auto" takes the first of ENGINES that this machine can import; an engine that was asked for by name is never
    replaced by another. precision: "int8" for a file that is in int8, else "f32" or "bf16", in which convolutions as
    narrow as these ran 1.5 times slower on a CPU with AVX-512 BF16 but no AMX. Raises CrispenError that tells of each
    engine that failed and its remedy.
    """
    if engine not in ("auto", *ENGINES):
        raise CrispenError(f"no engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    makers = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}
    failures = []
    for name in ENGINES if engine == "auto" else [engine]:
        try:
            return makers[name](path, threads, precision)
        except CrispenError:
            raise
        except ImportError as error:
            failures.append(f"{name} can not be imported ({error}); run: pip install {ENGINES[name]}")
        except Exception as error:  # engines raise types of their own for a damaged file
            reason = (str(error).strip() or repr(error)).splitlines()[-1]
            raise CrispenError(f"{name} can not open {path}: {reason}") from error
    raise CrispenError("; or ".join(failures))


def _check_ports(path: Path, inputs: Iterable[str], outputs: Iterable[str]) -> None:
    if not {"luma", "strength"} <= set(inputs) or "sharp" not in outputs:
        raise CrispenError(
            f"{path} is another kind of network (no luma and strength to sharp); use one of: crispen export"
        )
