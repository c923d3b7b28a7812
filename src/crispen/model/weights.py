"""Weights on disk: safetensors with the configuration and the story of the training in the header."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from crispen.errors import CrispenError, require
from crispen.model.student import Student, StudentConfig
from crispen.model.teacher import Teacher, TeacherConfig

torch = require("torch", "train")

_KINDS = {"student": (Student, StudentConfig), "teacher": (Teacher, TeacherConfig)}


def save(path: Path, network: Student | Teacher, story: Mapping, half: bool = False) -> None:
    """Writes `network` to `path`, beside first, then renamed. story: anything JSON can hold. half: store as fp16."""
    safetensors = require("safetensors.torch", "train")
    tensors = {
        name: (value.half() if half else value).contiguous().cpu() for name, value in network.state_dict().items()
    }
    kind = "student" if isinstance(network, Student) else "teacher"
    header = {"kind": kind, "config": json.dumps(asdict(network.config)), "story": json.dumps(dict(story))}
    beside = path.with_name(path.name + ".part")
    safetensors.save_file(tensors, beside, metadata=header)
    os.replace(beside, path)


def load(path: Path, kind: str) -> tuple[Student | Teacher, dict]:
    """Reads a network of `kind` ("student" or "teacher") in float32, in evaluation mode, and its story.

    Raises CrispenError if the file is missing, damaged, or holds something else.
    """
    safetensors = require("safetensors", "train")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, safetensors.SafetensorError) as error:
        raise CrispenError(f"{path} is no readable weights file ({error})") from None
    if header.get("kind") != kind:
        raise CrispenError(f"{path} holds a {header.get('kind', 'file of another program')}, not a {kind}")
    make, config_of = _KINDS[kind]
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


def load_teacher(path: Path) -> tuple[Teacher, dict]:
    """A trained teacher and its story. Raises CrispenError as `load` does."""
    network, story = load(path, "teacher")
    assert isinstance(network, Teacher)
    return network, story
