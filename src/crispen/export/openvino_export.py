"""Export to OpenVINO IR, converted from the ONNX file by OpenVINO itself."""

from __future__ import annotations

from pathlib import Path

from crispen.errors import CrispenError
from crispen.telemetry import import_without_telemetry


def write_openvino(path: Path, onnx: Path, half: bool = False) -> None:
    """Writes NAME.xml and, beside it, NAME.bin with the weights; inputs and outputs are those of the ONNX file.

    Args:
        path: NAME.xml.
        onnx: The ONNX file.
        half: Store the weights in float16; they are converted to float32 when the file is loaded.

    Raises:
        CrispenError: OpenVINO is not installed.
    """
    try:
        openvino = import_without_telemetry("openvino")
    except ImportError as error:
        raise CrispenError(f"openvino cannot be imported ({error}); run: pip install openvino") from None
    openvino.save_model(openvino.convert_model(str(onnx)), str(path), compress_to_fp16=half)
