"""The inference engines: OpenVINO and ONNX Runtime."""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np

from crispen.errors import CrispenError, out_of_memory
from crispen.runtime.engine_contract import CheckedEngine, Engine, TensorSpec, check_signature, last_line, size_mismatch
from crispen.runtime.onnx_file import check_network
from crispen.runtime.pixel_blocks import from_blocks, to_blocks, without_shuffles
from crispen.telemetry import import_without_telemetry

ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}  # name -> module, best first
_LOST_IN_FORK = (
    "OpenVINO can not be used in a process that was forked after OpenVINO was used; start processes by "
    "multiprocessing's 'spawn', or choose the engine onnxruntime"
)
_PROBE = 64  # rows and columns: a size that every network takes that takes any


class OpenVino:
    """OpenVINO on the CPU.

    Each size gets a compiled network of its own, some 50 ms once, which then runs 7 to 15 % faster than one for all
    sizes; the last few are kept.
    """

    name = "openvino"
    _KEEP = 4  # sizes
    _process: int | None = None  # id of the process that used OpenVINO first

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        OpenVino._process = OpenVino._process or os.getpid()
        self._openvino = import_without_telemetry("openvino")
        self._core = self._openvino.Core()
        model = self._core.read_model(path)
        check_signature(path, *([self._port(each) for each in side] for side in (model.inputs, model.outputs)))
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
        probe, whole = self._reshaped((_PROBE, _PROBE))
        made = probe.output(0).get_partial_shape()
        if made.is_static and list(made.to_shape()) != whole:
            raise size_mismatch(path, made.to_shape(), whole)

    @classmethod
    def check_process(cls) -> None:
        """Raises RuntimeError in the child of a fork whose parent has used OpenVINO.

        The thread pool of OpenVINO belongs to the process, and its threads stay awake for a while after each frame. If
        one held a lock when the process forked, the child would wait for that lock for ever.
        """
        if cls._process not in (None, os.getpid()):
            raise RuntimeError(_LOST_IN_FORK)

    @staticmethod
    def _port(port: Any) -> TensorSpec:
        shape = port.get_partial_shape()
        dims = [] if shape.rank.is_dynamic else [each.get_length() if each.is_static else None for each in shape]
        return TensorSpec(next(iter(port.names), ""), port.element_type.to_string(), dims)

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
            model, whole = self._reshaped(shape)
            request = self._core.compile_model(model, "CPU", self._options).create_infer_request()
            received = np.zeros(whole, np.uint8)
            request.set_input_tensor(self._luma, self._openvino.Tensor(received, shared_memory=True))  # no copy
            found = request, received
            while len(self._requests) >= self._KEEP:
                del self._requests[next(iter(self._requests))]  # the one unused for longest
        self._requests[shape] = found
        return found

    def _reshaped(self, shape: tuple[int, ...]) -> tuple[Any, list[int]]:
        """The network for planes of this shape, and the shape of what it reads, which is that of what it makes."""
        model, side = self._model.clone(), self._side
        whole = [1, shape[0] // side, shape[1] // side, side * side] if side > 1 else [1, 1, *shape]
        model.reshape({self._luma: whole, 1 - self._luma: [1]})
        return model, whole


class OnnxRuntime:
    """ONNX Runtime on the CPU, in float32 or int8."""

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        onnxruntime = import_without_telemetry("onnxruntime")
        if precision == "bf16":
            raise CrispenError("ONNX Runtime has no bf16 on a CPU; choose another precision, or the openvino engine")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4  # what fails is raised, and need not be printed too
        # Its contents, for its name may be in another encoding than UTF-8.
        self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        ports = self._session.get_inputs(), self._session.get_outputs()
        check_signature(path, *([self._port(each) for each in side] for side in ports))
        self.precision, self._path = precision, path
        luma = next(self._port(each) for each in ports[0] if each.name == "luma")
        self._only = tuple(luma.shape[2:]) if None not in luma.shape[2:] else None  # rows and columns
        if self._only is None:
            made = self._run(np.zeros((_PROBE, _PROBE), np.uint8), 1.0)
            if made.shape != (1, 1, _PROBE, _PROBE):
                raise size_mismatch(path, made.shape, (1, 1, _PROBE, _PROBE))

    @staticmethod
    def _port(port: Any) -> TensorSpec:
        kinds = {"tensor(uint8)": "u8", "tensor(float)": "f32"}
        dims = [each if isinstance(each, int) else None for each in port.shape or ()]
        return TensorSpec(port.name, kinds.get(str(port.type), str(port.type)), dims)

    def __call__(self, y: np.ndarray, strength: float) -> np.ndarray:
        if self._only not in (None, y.shape):
            height, width = self._only
            raise CrispenError(
                f"{self._path} takes pictures of {width}x{height} alone in onnxruntime; export it without --size, or "
                "choose the openvino engine"
            )
        return self._run(y, strength)[0, 0]

    def _run(self, y: np.ndarray, strength: float) -> np.ndarray:
        feed = {"luma": y[None, None], "strength": np.array([strength], np.float32)}
        return np.asarray(self._session.run(["sharp"], feed)[0])


def has_bf16() -> bool:
    """True if OpenVINO reports bfloat16 arithmetic on this CPU."""
    return "BF16" in import_without_telemetry("openvino").Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def available() -> list[str]:
    """The engines whose package is installed, best first."""
    return [name for name, module in ENGINES.items() if importlib.util.find_spec(module)]


def open_engine(engine: str, path: Path, threads: int, precision: str = "f32") -> Engine:
    """Opens `path` in `engine` ("auto", "openvino" or "onnxruntime").

    "auto" takes the first of ENGINES that this machine can import, and logs a warning if a better one is installed but
    broken; an engine that was asked for by name is never replaced by another. precision: "int8" for a file that is in
    int8, else "f32" or "bf16", in which convolutions as narrow as these ran 1.5 times slower on a CPU with AVX-512 BF16
    but no AMX. Raises CrispenError that tells of each engine that failed and its remedy, and for a file that is no
    network of the contract in docs/embedding.md.
    """
    if engine not in ("auto", *ENGINES):
        raise CrispenError(f"no engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    check_network(path)
    makers = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}
    failures: dict[str, str] = {}
    for name in ENGINES if engine == "auto" else [engine]:
        if name == "openvino":
            OpenVino.check_process()
        try:
            opened = CheckedEngine(makers[name](path, threads, precision), path)
            for failed in failures.keys() & {*available()}:
                _warn_once(f"{failures[failed]}; {name} takes its place")
            return opened
        except CrispenError as error:
            raise CrispenError("; ".join([*failures.values(), str(error)])) from None
        except Exception as error:  # engines raise types of their own for a damaged file
            if out_of_memory(error):
                raise MemoryError(f"{name} has too little memory to open {path}") from error
            if isinstance(error, ImportError):
                failures[name] = f"{name} can not be imported ({error}); run: pip install {ENGINES[name]}"
                continue
            raise CrispenError(f"{name} can not open {path}: {last_line(error)}") from error
    raise CrispenError("; or ".join(failures.values()))


@functools.cache
def _warn_once(text: str) -> None:
    logging.getLogger("crispen").warning("crispen: %s", text)
