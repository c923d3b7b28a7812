"""The recipes: what the teacher and the students are trained with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.errors import CrispenError, require
from crispen.model.peers.peer_network import PEERS, Peer, PeerConfig
from crispen.model.student import SIZES, Student, deepened, emboldened
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.model.weights import load_student, load_teacher, save
from crispen.runtime.router import Router
from crispen.train import distributed
from crispen.train.calibration import calibrate
from crispen.train.expert_slices import STREAMS
from crispen.train.loop import TrainConfig, train
from crispen.train.losses import distillation, log_mse, mesh_loss, ssim_loss
from crispen.train.perceptual_loss import Perceptual
from crispen.train.routing import choices_of, fit_router, gains_of
from crispen.train.teacher_labels import label

torch = require("torch", "train")

TEACHER_CONFIG = TrainConfig(steps=8_500, batch=8, lr=8e-4, validate_every=1000, validation_tiles=24)
CALIBRATION_CLIPS = 300
STUDENT_CONFIG = TrainConfig(steps=50_000, batch=16, optimizer="soap", lr=3e-3, validate_every=2500)
# From its natural share the router learns to leave the sets alone that harm most where they do not belong.
_HARD, _SELDOM = ("blurred", "noisy"), 2.5
# Of a set of the vivid look, which goes on from the natural one.
VIVID_CONFIG = TrainConfig(steps=400, batch=16, lr=4e-4, warmup=50, validate_every=200)
_SSIM_WEIGHT = 5.0  # one thousandth of SSIM then weighs as much as 0.02 dB
_PERCEPTUAL_WEIGHT, _MESH_WEIGHT = 20.0, 400.0
_VIVID_GAIN = 1.5  # of the correction, once trained: further on the same line between PSNR and LPIPS


def emphasis(row: dict) -> float:
    """Twice the share where there is little to gain and much to lose: full-size and nearly full-size streams that were
    not blurred, and the aliased halves of OpenCV's bicubic."""
    condition = row["condition"]
    if condition["codec"]:
        blurred = condition["motion_blur"] or condition["defocus"] or condition["photons"]
        return 1.0 if blurred or condition["factor"] >= 1.8 else 2.0
    return 2.0 if condition["down"] == "cv2-cubic" and 1.8 <= condition["factor"] <= 2.2 else 1.0


def fidelity(output_nchw, truth_nchw):
    """ln(MSE) + 5 (1 - SSIM): both of the measures that are reported, each on a scale of its own relative change."""
    return log_mse(output_nchw, truth_nchw) + _SSIM_WEIGHT * ssim_loss(output_nchw, truth_nchw)


def teacher_share(progress: float, peak: float = 0.5) -> float:
    """Share of the teacher's label in the loss: `peak` at first, annealed linearly to zero over the last half."""
    return peak * min(1.0, 2 * (1 - progress))


def objective(output_nchw, truth_nchw, label_nchw, progress: float):
    """The loss of both recipes: `fidelity` to the truth and, where there are labels, a share of it to the teacher's."""
    if label_nchw is None:
        return fidelity(output_nchw, truth_nchw)
    return distillation(output_nchw, truth_nchw, label_nchw, teacher_share(progress), fidelity)


def vivid(perceptual: Perceptual) -> Callable:
    """The loss of the vivid look: `objective`, the distance of VGG-16 features, and no mesh (docs/experiments.md).

    Features cost four times what the rest of a step does, so only the middles of half the tiles are looked at. What
    pleases them most cheaply is a fine mesh over everything, which a second term forbids.
    """

    def loss(output_nchw, truth_nchw, label_nchw, progress: float):
        edge = truth_nchw.shape[-1] // 4
        middles = (each[::2, :, edge:-edge, edge:-edge] for each in (output_nchw, truth_nchw))
        features = _PERCEPTUAL_WEIGHT * perceptual(*middles) + _MESH_WEIGHT * mesh_loss(output_nchw, truth_nchw)
        return objective(output_nchw, truth_nchw, label_nchw, progress) + features

    return loss


def teach(
    pairs: Path,
    folder: Path,
    network: TeacherConfig,
    config: TrainConfig,
    start: Path | None = None,
    report: Callable = print,
) -> Path:
    """Trains a teacher on `pairs` in `folder`; returns the path of its fp16 weights.

    start: weights of a teacher to go on from, whose own configuration then takes the place of `network`.
    """
    torch.manual_seed(config.seed)
    teacher, past = load_teacher(start) if start else (Teacher(network), {})
    validation = validation_tiles(pairs, config.validation_tiles)
    average = train(teacher, objective, Tiles(pairs, weigh=emphasis), validation, config, folder, report)
    target = folder / "teacher.safetensors"
    if distributed.leads():
        save(target, average, _story(folder, config, pairs) | {"start": past}, half=True)
    return target


def distill(
    pairs: Path,
    folder: Path,
    size: str,
    config: TrainConfig,
    teacher: Path | None = None,
    start: Path | None = None,
    label_shards: int = 60,
    stream: str = "any",
    perceptual: Path | None = None,
    report: Callable = print,
) -> Path:
    """Trains a student of `size`, from a teacher's labels where one is given; returns the path of its weights.

    teacher: weights of a teacher or of a larger student, with those of its bank beside them (train.teacher_labels).
    size: one of SIZES, or of PEERS, published networks for comparison. start: weights to begin with, of the same size
    or of a shallower one that is deepened; None begins as the identity. stream: one of STREAMS, the damage that it is
    to know. perceptual: VGG-16 features, for a set of the vivid look. Raises CrispenError if the weights do not fit.
    """
    if perceptual and distributed.size() > 1 and config.batch % (2 * distributed.size()):
        raise CrispenError("every second tile has its features compared; give each process an even share of --batch")
    torch.manual_seed(config.seed)
    student, past = Peer(PeerConfig(size)) if size in PEERS else Student(SIZES[size]), {}
    if start is not None:
        if size in PEERS:
            raise CrispenError(f"{size} begins from nothing; leave --start out")
        student, past = load_student(start)
        wanted = SIZES[size]
        if replace(student.config, depth=wanted.depth) != wanted or student.config.depth > wanted.depth:
            raise CrispenError(f"{start} holds {student.config}, not {size}; start from weights of the same width")
        student = deepened(student, wanted.depth)
    validation = validation_tiles(pairs, config.validation_tiles)
    labels = label(pairs, teacher, label_shards, report) if teacher else None
    loss = vivid(Perceptual(perceptual).to(config.device)) if perceptual else objective

    def weigh(row: dict) -> float:
        return emphasis(row) * float(STREAMS[stream](row))

    average = train(student, loss, Tiles(pairs, labels, weigh), validation, config, folder, report)
    target = folder / f"{size}.safetensors"
    if not distributed.leads():
        return target
    if isinstance(average, Student):
        if perceptual:
            emboldened(average, _VIVID_GAIN)
        report(f"finding the ranges for int8 on {CALIBRATION_CLIPS} clips")
        average = average.cpu().eval()  # it may come from a GPU
        calibrate(average, pairs, CALIBRATION_CLIPS)
    taught = teacher.name if teacher else past.get("teacher")
    look = "vivid" if perceptual else past.get("look", "natural")
    story = {"size": size, "stream": stream, "look": look, "teacher": taught, "start": past}
    save(target, average, _story(folder, config, pairs) | story)
    return target


def route(pairs: Path, weights: Mapping[str, Path], report: Callable = print) -> Router:
    """The router among the students in `weights`, {stream: path}, fitted to what each gains on training clips."""
    students = [load_student(path)[0] for path in weights.values()]
    gains_cs, measures_kcm, rows = gains_of(students, pairs, report)
    weights_c = [emphasis(row) * (_SELDOM if any(STREAMS[name](row) for name in _HARD) else 1.0) for row in rows]
    return fit_router(choices_of(list(weights)), gains_cs, measures_kcm, np.array(weights_c))


def _story(folder: Path, config: TrainConfig, pairs: Path) -> dict:
    """What is saved with the weights: the resolved configuration, the set's, the last validation, and the curve, gains
    in dB by condition, [[step, {condition: dB}], ...]."""
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
