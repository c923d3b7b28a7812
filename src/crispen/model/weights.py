"""Weights files: safetensors with the network's configuration and the record of its training in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from crispen.errors import CrispenError, require
from crispen.media.atomic_output import atomic_file
from crispen.model.reference.reference_network import ReferenceConfig, ReferenceNetwork
from crispen.model.student import Student, StudentConfig
from crispen.model.teacher import Teacher, TeacherConfig

torch = require("torch")

_KINDS = {  # the kind in a file's header; files call a reference network "peer"
    "student": (Student, StudentConfig),
    "teacher": (Teacher, TeacherConfig),
    "peer": (ReferenceNetwork, ReferenceConfig),
}
Network = Student | Teacher | ReferenceNetwork


def save(path: Path, network: Network, provenance: Mapping, half: bool = False) -> None:
    """Writes `network` to `path`; the file is replaced once the new one is complete.

    Args:
        path: The .safetensors file.
        network: A network of one of the three kinds.
        provenance: How it was trained; anything JSON can hold.
        half: Store the tensors in float16.
    """
    safetensors = require("safetensors.torch")
    tensors = {
        name: (value.half() if half else value).contiguous().cpu() for name, value in network.state_dict().items()
    }
    kind = next(name for name, (make, _) in _KINDS.items() if isinstance(network, make))
    header = {"kind": kind, "config": json.dumps(asdict(network.config)), "story": json.dumps(dict(provenance))}
    with atomic_file(path, overwrite=True) as hidden:
        safetensors.save_file(tensors, hidden, metadata=header)


def load(path: Path, *kinds: str) -> tuple[Network, dict]:
    """Reads a network and the record of its training.

    Args:
        path: A file that `save` wrote.
        kinds: Those that are accepted: "student", "teacher", "peer" (a reference network).

    Returns:
        The network in float32 in evaluation mode, and its provenance.

    Raises:
        CrispenError: The file is missing, damaged, or holds something else.
    """
    safetensors = require("safetensors")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, safetensors.SafetensorError) as error:
        raise CrispenError(f"{path} is not a readable weights file ({error})") from None
    if header.get("kind") not in kinds:
        raise CrispenError(
            f"{path} holds a {header.get('kind', 'file of another program')}, not a {' or '.join(kinds)}"
        )
    make, config_of = _KINDS[header["kind"]]
    try:
        fields = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(header["config"]).items()}
        network, provenance = make(config_of(**fields)), json.loads(header["story"])
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CrispenError(f"{path} is damaged, or from another version of Crispen ({reason})") from None
    return network.eval(), provenance


def load_student(path: Path) -> tuple[Student, dict]:
    """A trained student and its provenance. Raises CrispenError as `load` does."""
    network, provenance = load(path, "student")
    assert isinstance(network, Student)
    return network, provenance


def load_deployable(path: Path) -> tuple[Student | ReferenceNetwork, dict]:
    """A trained student or reference network and its provenance. Raises CrispenError as `load` does."""
    network, provenance = load(path, "student", "peer")
    assert isinstance(network, Student | ReferenceNetwork)
    return network, provenance


def load_teacher(path: Path) -> tuple[Teacher, dict]:
    """A trained teacher and its provenance. Raises CrispenError as `load` does."""
    network, provenance = load(path, "teacher")
    assert isinstance(network, Teacher)
    return network, provenance
