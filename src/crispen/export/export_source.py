"""What is exported: one trained network, from a weights file or an ONNX file, and its reference implementation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from crispen.errors import CrispenError
from crispen.export.golden_pair import reference_output
from crispen.export.onnx_layers import read_convs
from crispen.model.conv import Conv, Layer


@dataclass(frozen=True)
class ExportSource:
    """A network to export.

    Attributes:
        name: Name of the model.
        unshuffle: Side of the pixel block that becomes channels.
        card: The model card, as in crispen.runtime.model_files.
        define: The reference implementation: (H, W) uint8, H and W multiples of `unshuffle`, to the same shape.
        convs: Convolutions of a student, int8 or not; empty for a reference network.
        layers: Layers of a reference network; empty for a student.
    """

    name: str
    unshuffle: int
    card: dict
    define: Callable[[np.ndarray], np.ndarray]
    convs: Sequence[Conv] = ()
    layers: Sequence[Layer] = ()


def read_onnx(path: Path, name: str, card: dict) -> ExportSource:
    """A student from an ONNX file that crispen export wrote. Raises CrispenError as `read_convs` does."""
    convs, side = read_convs(path)
    return ExportSource(name, side, card, lambda y: reference_output(convs, side, y), convs)


def read_checkpoint(path: Path, int8: bool) -> ExportSource:
    """A student or reference network from a weights file. Needs torch.

    Args:
        path: The .safetensors file.
        int8: Quantise to int8.

    Raises:
        CrispenError: As `load_deployable`, and for int8 of a reference network.
    """
    from crispen.model.student import Student
    from crispen.model.weights import load_deployable

    network, provenance = load_deployable(path)
    config = network.config
    card = {
        "name": path.stem,
        "precision": "int8" if int8 else "f32",
        **asdict(config),
        "unshuffle": config.unshuffle,
        "parameters": network.parameters_folded,
        "mac_per_pixel": network.mac_per_pixel,
        "training_data": "",
        "license": "",
        "teacher": provenance.get("teacher"),
        "quality": {},
        "speed": {},
    }
    if isinstance(network, Student):
        convs = network.fold(int8)
        return ExportSource(
            path.stem, config.unshuffle, card, lambda y: reference_output(convs, config.unshuffle, y), convs
        )
    if int8:
        raise CrispenError(f"{path} is a reference network, which has no int8; leave --precision out")
    return ExportSource(path.stem, config.unshuffle, card, lambda y: _run(network, y), layers=network.folded_layers())


def _run(network, y: np.ndarray) -> np.ndarray:
    """The output of a reference network as it was trained, not folded."""
    import torch

    with torch.inference_mode():
        sharp = network(torch.from_numpy(y.copy())[None, None].float() / 255)[0, 0].numpy()
    return np.clip(np.rint(255 * sharp), 0, 255).astype(np.uint8)
