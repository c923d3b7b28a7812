"""Opens a network in an inference engine, on one of its devices."""

from __future__ import annotations

import functools
import importlib.util
import logging
from dataclasses import dataclass
from pathlib import Path

from crispen.errors import CrispenError, out_of_memory
from crispen.runtime.engine_contract import CheckedEngine, Engine, last_line
from crispen.runtime.engines.device import DEVICES, PREFERENCE, Device, first_of
from crispen.runtime.engines.onnxruntime_engine import OnnxRuntime, onnxruntime_devices
from crispen.runtime.engines.openvino_engine import OpenVino, openvino_devices
from crispen.runtime.onnx_file import check_network

ENGINES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}  # name -> module, the fastest first
_CLASSES = {"openvino": OpenVino, "onnxruntime": OnnxRuntime}


@dataclass
class EngineOpener:
    """Opens the networks of one model. All of them run in the engine and on the device that the first one got.

    Args, and what a call raises, as of `open_engine`.
    """

    engine: str
    threads: int
    precision: str
    device: str = "cpu"

    def __call__(self, path: Path) -> Engine:
        opened = open_engine(self.engine, path, self.threads, self.precision, self.device)
        self.engine, self.device = opened.name, opened.device.kind
        return opened


def open_engine(engine: str, path: Path, threads: int, precision: str = "f32", device: str = "cpu") -> Engine:
    """Opens a network in an inference engine.

    Args:
        engine: "openvino", "onnxruntime", or "auto" for the first of ENGINES that this machine can import and that has
            the device. "auto" logs a warning if a better one is installed but broken. An engine that is named is never
            replaced.
        path: The .onnx file.
        threads: Number of threads.
        precision: "int8" for a quantized file, else "f32" or "bf16". On a CPU with AVX-512 BF16 but without AMX,
            Crispen's narrow convolutions ran 1.5 times slower in bf16.
        device: "cpu", "gpu", "npu", or "auto" for the first of GPU, NPU and CPU that works. "auto" logs a warning if
            one is present but fails. A device that is named is never replaced.

    Raises:
        CrispenError: If no engine can be imported (the message names each failure and its remedy), if none has the
            device (the message lists those present), or if the file is not a network of the contract in
            docs/embedding.md.
        MemoryError: If memory is short.
        RuntimeError: For OpenVINO in the child of a fork whose parent has used OpenVINO.
    """
    if engine not in ("auto", *ENGINES):
        raise CrispenError(f"no engine {engine!r}; choose auto, {' or '.join(ENGINES)}")
    if device not in ("auto", *DEVICES):
        raise CrispenError(f"no device {device!r}; choose auto, {', '.join(DEVICES[:-1])} or {DEVICES[-1]}")
    check_network(path)
    names = list(ENGINES) if engine == "auto" else [engine]
    if device == "cpu":
        return _open_on_cpu(names, path, threads, precision)
    present = devices_present(names)
    if not present:  # the error then says why no engine can be imported
        return _open_on_cpu(names, path, threads, precision)
    for kind in PREFERENCE[:-1] if device == "auto" else [device]:
        for name, devices in present.items():
            found = first_of(kind, devices)
            if found is None:
                continue
            try:
                return _open(name, path, threads, precision, found)
            except CrispenError as error:
                if device != "auto":
                    raise
                _warn_once(f"{error}; another device is used instead")
    if device == "auto":
        return _open_on_cpu(names, path, threads, precision)
    raise CrispenError(f"no {device} is present; choose one of these: {_listed(present)}")


def devices_present(engines: list[str]) -> dict[str, list[Device]]:
    """The devices of each of these engines that can be imported.

    Raises:
        RuntimeError: For OpenVINO in the child of a fork whose parent has used OpenVINO.
    """
    present = {}
    for name in engines:
        try:
            if name == "openvino":
                OpenVino.check_process()
            present[name] = openvino_devices() if name == "openvino" else onnxruntime_devices()
        except ImportError:
            continue
    return present


def _listed(present: dict[str, list[Device]]) -> str:
    """The devices in words, such as "cpu (openvino, onnxruntime), npu (openvino)"."""
    by_kind: dict[str, list[str]] = {}
    for name, devices in present.items():
        for kind in dict.fromkeys(device.kind for device in devices):
            by_kind.setdefault(kind, []).append(name)
    return ", ".join(f"{kind} ({', '.join(names)})" for kind, names in by_kind.items())


def _open_on_cpu(names: list[str], path: Path, threads: int, precision: str) -> Engine:
    """Opens the network in the first of the engines `names` that can be imported."""
    failures: dict[str, str] = {}
    for name in names:
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


def _open(name: str, path: Path, threads: int, precision: str, device: Device | None = None) -> Engine:
    """Opens the network on a device, by default the CPU.

    Raises ImportError if the engine is not installed, and else as `open_engine`.
    """
    if name == "openvino":
        OpenVino.check_process()
    try:
        return CheckedEngine(_CLASSES[name](path, threads, precision, device), path)
    except CrispenError:
        raise
    except Exception as error:  # engines raise exceptions of their own types
        if out_of_memory(error):
            raise MemoryError(f"{name} has too little memory to open {path}") from error
        if isinstance(error, ImportError):
            raise
        where = f" on the {device}" if device else ""
        raise CrispenError(f"{name} can not open {path}{where}: {last_line(error)}") from error


@functools.cache
def _warn_once(text: str) -> None:
    logging.getLogger("crispen").warning("crispen: %s", text)
