"""The inference engines: OpenVINO and ONNX Runtime, both on the CPU."""

from __future__ import annotations

import functools
import importlib.util
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np

from crispen.errors import CrispenError, out_of_memory
from crispen.runtime.engine_contract import (
    CheckedEngine,
    Engine,
    TensorSpec,
    check_signature,
    last_line,
    size_mismatch,
)
from crispen.runtime.onnx_file import check_network
from crispen.runtime.pixel_blocks import from_blocks, to_blocks, without_shuffles
from crispen.telemetry import import_without_telemetry

ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}  # name -> module, the fastest first
_LOST_IN_FORK = (
    "OpenVINO can not be used in a process that was forked after OpenVINO was used; start processes with "
    "multiprocessing's 'spawn' method, or choose the engine onnxruntime"
)
_PROBE = 64  # rows and columns of a test picture; a network without a fixed size takes it


class OpenVino:
    """OpenVINO on the CPU.

    Each frame size gets a compiled network of its own. Compiling takes some 50 ms, and the network then runs 7 to 15 %
    faster than one for dynamic sizes. The last few are kept.

    Args:
        path: The .onnx file.
        threads: Number of threads.
        precision: "bf16", "f32" or "int8"; the last is a property of the file.

    Raises:
        CrispenError: If the network does not fit the contract, or the CPU has no bfloat16 instructions.
    """

    name = "openvino"
    _MAX_SIZES = 4
    _process: int | None = None  # id of the process that used OpenVINO first

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        OpenVino._process = OpenVino._process or os.getpid()
        self._openvino = import_without_telemetry("openvino")
        self._core = self._openvino.Core()
        model = self._core.read_model(path)
        check_signature(path, *([self._spec(each) for each in side] for side in (model.inputs, model.outputs)))
        in_blocks = without_shuffles(model)
        self._model, self._side = in_blocks or (model, 1)
        names = [tensor.any_name for tensor in self._model.inputs]
        self._luma = names.index("luma") if in_blocks is None else 0
        self._options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            "ENABLE_CPU_PINNING": False,  # pinned threads of two Sharpeners could share the same cores
        }
        self._requests: dict[tuple[int, ...], tuple[Any, np.ndarray]] = {}  # the most recently used is last
        if precision == "bf16" and not has_bf16():
            raise CrispenError("this CPU has no bfloat16 instructions; choose the precision f32 or auto")
        self.precision = precision
        probe, expected = self._reshaped((_PROBE, _PROBE))
        actual = probe.output(0).get_partial_shape()
        if actual.is_static and list(actual.to_shape()) != expected:
            raise size_mismatch(path, actual.to_shape(), expected)

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
            request = self._core.compile_model(model, "CPU", self._options).create_infer_request()
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


class OnnxRuntime:
    """ONNX Runtime on the CPU, in float32 or int8.

    Args and errors as of `OpenVino`; it has no bfloat16.
    """

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int, precision: str = "f32"):
        onnxruntime = import_without_telemetry("onnxruntime")
        if precision == "bf16":
            raise CrispenError("ONNX Runtime has no bf16 on a CPU; choose another precision, or the openvino engine")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4  # failures are raised; they need not be printed too
        # From memory, since the file's name may not be UTF-8.
        self._session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
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


def has_bf16() -> bool:
    """Whether OpenVINO reports bfloat16 arithmetic on this CPU."""
    return "BF16" in import_without_telemetry("openvino").Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def open_engine(engine: str, path: Path, threads: int, precision: str = "f32") -> Engine:
    """Opens a network in an inference engine.

    Args:
        engine: "openvino", "onnxruntime", or "auto" for the first of ENGINES that this machine can import. "auto" logs
            a warning if a better one is installed but broken. An engine that is named is never replaced.
        path: The .onnx file.
        threads: Number of threads.
        precision: "int8" for a quantized file, else "f32" or "bf16". On a CPU with AVX-512 BF16 but without AMX,
            Crispen's narrow convolutions ran 1.5 times slower in bf16.

    Raises:
        CrispenError: If no engine can be imported (the message names each failure and its remedy), or if the file is
            not a network of the contract in docs/embedding.md.
        MemoryError: If memory is short.
        RuntimeError: For OpenVINO in the child of a fork whose parent has used OpenVINO.
    """
    if engine not in ("auto", *ENGINES):
        raise CrispenError(f"no engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    check_network(path)
    failures: dict[str, str] = {}
    for name in ENGINES if engine == "auto" else [engine]:
        try:
            opened = _open(name, path, threads, precision)
        except ImportError as error:
            failures[name] = f"{name} can not be imported ({error}); run: pip install {ENGINES[name]}"
            continue
        except CrispenError as error:
            raise CrispenError("; ".join([*failures.values(), str(error)])) from None
        for failed in failures:
            if importlib.util.find_spec(ENGINES[failed]):
                _warn_once(f"{failures[failed]}; {name} is used instead")
        return opened
    raise CrispenError("; or ".join(failures.values()))


def _open(name: str, path: Path, threads: int, precision: str) -> Engine:
    """Raises ImportError if the engine is not installed, and else as `open_engine`."""
    if name == "openvino":
        OpenVino.check_process()
    try:
        return CheckedEngine({"openvino": OpenVino, "onnxruntime": OnnxRuntime}[name](path, threads, precision), path)
    except CrispenError:
        raise
    except Exception as error:  # engines raise exceptions of their own types
        if out_of_memory(error):
            raise MemoryError(f"{name} has too little memory to open {path}") from error
        if isinstance(error, ImportError):
            raise
        raise CrispenError(f"{name} can not open {path}: {last_line(error)}") from error


@functools.cache
def _warn_once(text: str) -> None:
    logging.getLogger("crispen").warning("crispen: %s", text)
