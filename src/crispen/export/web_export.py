"""Networks and routers as files for the browser, from which `web/` builds its shaders and its router.

The files are safetensors (https://huggingface.co/docs/safetensors): the length of a JSON header, the header, raw bytes.
They are written without the safetensors package, so that `crispen web` needs none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from crispen.export.onnx_layers import read_convs
from crispen.model.conv import Conv
from crispen.runtime.model_files import MODEL_NAMES, find_model
from crispen.runtime.router import Router

_TYPES = {np.dtype("<f4"): "F32", np.dtype("<f2"): "F16"}


def shipped_web_files() -> dict[str, bytes]:
    """All files that the browser loads, by name.

    MODEL-EXPERT.safetensors is an expert of a shipped model in float32, MODEL-router.safetensors is its router.
    """
    files = {}
    for name in MODEL_NAMES:
        model = find_model(name, "f32")
        for expert, network in model.experts.items():
            files[f"{name}-{expert}.safetensors"] = web_network(*read_convs(network.path), name)
        if model.router:
            files[f"{name}-router.safetensors"] = web_router(model.router)
    return files


def web_network(convs: Sequence[Conv], unshuffle: int, name: str) -> bytes:
    """The file of a student.

    Tensors: `conv{i}.weight`, (O, I, 3, 3) float32, and `conv{i}.bias`, (O,) float32, first to last. Metadata: format
    ("crispen-network"), name and unshuffle. The first layer pads by repeating the edge, the others with zeros.

    Args:
        convs: The student's convolutions.
        unshuffle: Side of the pixel block that becomes channels; 2.
        name: Name of the model.

    Raises:
        ValueError: Blocks other than 2x2, which do not fit the shaders' vectors of four.
    """
    if unshuffle != 2:
        raise ValueError(
            f"the browser's shaders have four channels to a vector, so blocks of 2x2, not {unshuffle}x{unshuffle}"
        )
    tensors = {}
    for index, conv in enumerate(convs):
        tensors[f"conv{index}.weight"] = conv.weight.astype("<f4")
        tensors[f"conv{index}.bias"] = conv.bias.astype("<f4")
    return _safetensors(tensors, {"format": "crispen-network", "name": name, "unshuffle": str(unshuffle)})


def web_router(router: Router) -> bytes:
    """The file of a router: its weights in float16, what standardizes the measures in float32."""
    tensors = {"centre": router.centre.astype("<f4"), "spread": router.spread.astype("<f4")}
    tensors |= {name: getattr(router, name).astype("<f2") for name in ("hidden", "output")}
    return _safetensors(tensors, {"format": "crispen-router", "choices": json.dumps(router.choices)})


def _safetensors(tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """Safetensors with the tensors in the order given; wider types must come first, so that each is aligned."""
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for name, values in tensors.items():
        begin, end = end, end + values.nbytes
        header[name] = {"dtype": _TYPES[values.dtype], "shape": values.shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *(values.tobytes() for values in tensors.values())])
