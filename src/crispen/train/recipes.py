"""The training recipes of teacher, students, reference networks and router."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.errors import CrispenError, require
from crispen.model.reference.reference_network import REFERENCE_NETWORKS, ReferenceConfig, ReferenceNetwork
from crispen.model.student import SIZES, Student, deepen
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.model.weights import load_student, load_teacher, save
from crispen.runtime.router import Router
from crispen.runtime.stream_info import IS_VIDEO
from crispen.train import distributed
from crispen.train.calibration import calibrate
from crispen.train.experts import EXPERTS
from crispen.train.loop import TrainConfig, train
from crispen.train.objectives import objective
from crispen.train.router_training import fit_router, known_streams, measure_gains, router_choices
from crispen.train.teacher_labels import label

torch = require("torch")

TEACHER_CONFIG = TrainConfig(steps=8_500, batch=8, lr=8e-4, validate_every=1000, validation_tiles=24)
CALIBRATION_CLIPS = 300
STUDENT_CONFIG = TrainConfig(steps=50_000, batch=16, optimizer="soap", lr=3e-3, validate_every=2500)
# The experts that harm most on degradations of other experts. At the natural share of their clips the router learns to
# avoid them altogether, so these clips are drawn 2.5 times as often.
_HARD, _HARD_WEIGHT = ("blurred", "noisy"), 2.5


def sampling_weight(row: dict) -> float:
    """How often a tile is drawn: 2 for those with little to gain and much to lose, else 1.

    Those are streams at nearly full size without blur or noise, and pictures that OpenCV's bicubic kernel halved.

    Args:
        row: The tile's line in the pair set.
    """
    condition = row["condition"]
    if condition["codec"]:
        blurred = condition["motion_blur"] or condition["defocus"] or condition["photons"]
        return 1.0 if blurred or condition["factor"] >= 1.8 else 2.0
    return 2.0 if condition["down"] == "cv2-cubic" and 1.8 <= condition["factor"] <= 2.2 else 1.0


def teach(
    pairs: Path,
    folder: Path,
    network: TeacherConfig,
    config: TrainConfig,
    start: Path | None = None,
    report: Callable = print,
) -> Path:
    """Trains a teacher.

    Args:
        pairs: A pair set.
        folder: The run's folder.
        network: The teacher's size.
        config: The training settings.
        start: Weights of a teacher to continue from; their configuration replaces `network`.
        report: Receives lines of progress.

    Returns:
        The path of the weights, stored in float16.
    """
    torch.manual_seed(config.seed)
    teacher, past = load_teacher(start) if start else (Teacher(network), {})
    validation = validation_tiles(pairs, config.validation_tiles)
    average = train(teacher, objective, Tiles(pairs, weigh=sampling_weight), validation, config, folder, report)
    target = folder / "teacher.safetensors"
    if distributed.is_leader():
        save(target, average, _provenance(folder, config, pairs) | {"start": past}, half=True)
    return target


def distill(
    pairs: Path,
    folder: Path,
    size: str,
    config: TrainConfig,
    teacher: Path | None = None,
    start: Path | None = None,
    label_shards: int = 60,
    expert: str = "any",
    report: Callable = print,
) -> Path:
    """Trains a student, or a reference network, with a teacher's labels if there is a teacher.

    Args:
        pairs: A pair set.
        folder: The run's folder.
        size: One of SIZES or of REFERENCE_NETWORKS.
        config: The training settings.
        teacher: Weights of a teacher or of a larger student, with its experts beside them.
        start: Weights of a student to start from, of the same width and at most the same depth; None is the identity.
        label_shards: Number of shards that the teacher labels.
        expert: One of EXPERTS, the degradations to specialise in.
        report: Receives lines of progress.

    Returns:
        The path of the weights.

    Raises:
        CrispenError: `start` does not fit, or the batch does not divide over the processes.
    """
    torch.manual_seed(config.seed)
    student, past = _initial_network(size, start)
    validation = validation_tiles(pairs, config.validation_tiles)
    labels = label(pairs, teacher, label_shards, report) if teacher else None
    tiles = Tiles(pairs, labels, lambda row: sampling_weight(row) * float(EXPERTS[expert](row)))
    average = train(student, objective, tiles, validation, config, folder, report)
    target = folder / f"{size}.safetensors"
    if not distributed.is_leader():
        return target
    if isinstance(average, Student):
        average = _calibrated(average, pairs, report)
    taught = teacher.name if teacher else past.get("teacher")
    provenance = {"size": size, "stream": expert, "teacher": taught, "start": past}
    save(target, average, _provenance(folder, config, pairs) | provenance)
    return target


def route(pairs: Path, weights: Mapping[str, Path], report: Callable = print) -> Router:
    """Trains the router among the experts in `weights`, {expert: path}, on their gains on the training clips."""
    students = [load_student(path)[0] for path in weights.values()]
    gains_cs, measures_kcm, rows = measure_gains(students, pairs, report)
    weights_c = [
        sampling_weight(row) * (_HARD_WEIGHT if any(EXPERTS[name](row) for name in _HARD) else 1.0) for row in rows
    ]
    known_cs = known_streams(rows)
    # A clip made of a picture serves as a picture and as a video, half of the time each.
    weights_c = np.array(weights_c) * np.where(known_cs[:, IS_VIDEO] > 0, 1, 2)
    return fit_router(router_choices(list(weights)), gains_cs, measures_kcm, known_cs, weights_c)


def _initial_network(size: str, start: Path | None) -> tuple[Student | ReferenceNetwork, dict]:
    """The network to train, and the provenance of the weights it starts from."""
    if size in REFERENCE_NETWORKS:
        if start is not None:
            raise CrispenError(f"{size} can only be trained from scratch; leave --start out")
        return ReferenceNetwork(ReferenceConfig(size)), {}
    wanted = SIZES[size]
    if start is None:
        return Student(wanted), {}
    student, past = load_student(start)
    if replace(student.config, depth=wanted.depth) != wanted or student.config.depth > wanted.depth:
        raise CrispenError(f"{start} holds {student.config}, not {size}; start from weights of the same width")
    return deepen(student, wanted.depth), past


def _calibrated(student: Student, pairs: Path, report: Callable) -> Student:
    """The student on the CPU, with activation ranges for int8."""
    report(f"finding the ranges for int8 on {CALIBRATION_CLIPS} clips")
    student = student.cpu().eval()
    calibrate(student, pairs, CALIBRATION_CLIPS)
    return student


def _provenance(folder: Path, config: TrainConfig, pairs: Path) -> dict:
    """What is saved with the weights: training settings, configuration of the pair set, last validation, and the curve.

    The curve is [[step, {condition: gain in dB}], ...].
    """
    lines = (folder / "log.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    curve = [
        [row["step"], {name: round(each["psnr"], 3) for name, each in row.items() if isinstance(each, dict)}]
        for row in rows
    ]
    return {
        "train": asdict(config),
        "pairs": (pairs / "config.json").read_text(),
        "validation": lines[-1],
        "curve": curve,
    }
