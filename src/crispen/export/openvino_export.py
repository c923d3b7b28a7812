"""A network as OpenVINO's own two files, made of its ONNX file by OpenVINO itself."""

from __future__ import annotations

from pathlib import Path

from crispen.errors import CrispenError
from crispen.telemetry import import_without_telemetry


def write_openvino(path: Path, onnx: Path, half: bool = False) -> None:
    """Writes `path`, NAME.xml, and its weights beside it, NAME.bin, with the ports of the file `onnx`.

    half: store weights in half precision; they are widened when the file is loaded. Raises CrispenError if OpenVINO is
    not installed.
    """
    try:
        openvino = import_without_telemetry("openvino")
    except ImportError as error:
        raise CrispenError(f"openvino can not be imported ({error}); run: pip install openvino") from None
    openvino.save_model(openvino.convert_model(str(onnx)), str(path), compress_to_fp16=half)
