"""What is exported: one trained network, from a checkpoint or from an ONNX file, and how its definition is computed."""

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
    """convs: of a student, in eight bits or not; empty for a peer, which has `layers`. card: as in
    crispen.runtime.model_files.

    define: (H, W) uint8, H and W multiples of `unshuffle`, to what the network is defined to make of it, alike.
    """

    name: str
    unshuffle: int
    card: dict
    define: Callable[[np.ndarray], np.ndarray]
    convs: Sequence[Conv] = ()
    layers: Sequence[Layer] = ()


def read_onnx(path: Path, name: str, card: dict) -> ExportSource:
    """The student in an ONNX file that crispen export wrote. Raises CrispenError as `read_convs` does."""
    convs, side = read_convs(path)
    return ExportSource(name, side, card, lambda y: reference_output(convs, side, y), convs)


def read_checkpoint(path: Path, int8: bool) -> ExportSource:
    """The student or peer that training left in `path`; int8: in eight bits. Needs torch.

    Raises CrispenError as `load_deployable` does, and for a peer in eight bits.
    """
    from crispen.model.student import Student
    from crispen.model.weights import load_deployable

    network, story = load_deployable(path)
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
        "teacher": story.get("teacher"),
        "quality": {},
        "speed": {},
    }
    if isinstance(network, Student):
        convs = network.fold(int8)
        return ExportSource(
            path.stem, config.unshuffle, card, lambda y: reference_output(convs, config.unshuffle, y), convs
        )
    if int8:
        raise CrispenError(f"{path} is a network for comparison, which has no int8; leave --precision out")
    return ExportSource(path.stem, config.unshuffle, card, lambda y: _run(network, y), layers=network.folded_layers())


def _run(network, y: np.ndarray) -> np.ndarray:
    """The peer as it was trained, not folded."""
    import torch

    with torch.inference_mode():
        sharp = network(torch.from_numpy(y.copy())[None, None].float() / 255)[0, 0].numpy()
    return np.clip(np.rint(255 * sharp), 0, 255).astype(np.uint8)
