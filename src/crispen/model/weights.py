"""Weights on disk: safetensors with the configuration and the story of the training in the header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from crispen.errors import CrispenError, require
from crispen.model.peers.peer_network import Peer, PeerConfig
from crispen.model.student import Student, StudentConfig
from crispen.model.teacher import Teacher, TeacherConfig

torch = require("torch", "train")

_KINDS = {"student": (Student, StudentConfig), "teacher": (Teacher, TeacherConfig), "peer": (Peer, PeerConfig)}
Network = Student | Teacher | Peer


def save(path: Path, network: Network, story: Mapping, half: bool = False) -> None:
    """Writes `network` to `path`, beside first, then renamed. story: anything JSON can hold. half: store as fp16."""
    safetensors = require("safetensors.torch", "train")
    tensors = {
        name: (value.half() if half else value).contiguous().cpu() for name, value in network.state_dict().items()
    }
    kind = next(name for name, (make, _) in _KINDS.items() if isinstance(network, make))
    header = {"kind": kind, "config": json.dumps(asdict(network.config)), "story": json.dumps(dict(story))}
    beside = path.with_name(path.name + ".part")
    safetensors.save_file(tensors, beside, metadata=header)
    os.replace(beside, path)


def load(path: Path, *kinds: str) -> tuple[Network, dict]:
    """Reads a network of one of `kinds` ("student", "teacher", "peer") in float32, in evaluation mode, and its story.

    Raises CrispenError if the file is missing, damaged, or holds something else.
    """
    safetensors = require("safetensors", "train")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, safetensors.SafetensorError) as error:
        raise CrispenError(f"{path} is no readable weights file ({error})") from None
    if header.get("kind") not in kinds:
        raise CrispenError(
            f"{path} holds a {header.get('kind', 'file of another program')}, not a {' or '.join(kinds)}"
        )
    make, config_of = _KINDS[header["kind"]]
    try:
        fields = {key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(header["config"]).items()}
        network, story = make(config_of(**fields)), json.loads(header["story"])
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise CrispenError(f"{path} is damaged, or from another version of Crispen ({reason})") from None
    return network.eval(), story


def load_student(path: Path) -> tuple[Student, dict]:
    """A trained student and its story. Raises CrispenError as `load` does."""
    network, story = load(path, "student")
    assert isinstance(network, Student)
    return network, story


def load_deployable(path: Path) -> tuple[Student | Peer, dict]:
    """A trained student or peer and its story. Raises CrispenError as `load` does."""
    network, story = load(path, "student", "peer")
    assert isinstance(network, Student | Peer)
    return network, story


def load_teacher(path: Path) -> tuple[Teacher, dict]:
    """A trained teacher and its story. Raises CrispenError as `load` does."""
    network, story = load(path, "teacher")
    assert isinstance(network, Teacher)
    return network, story
