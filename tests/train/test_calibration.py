"""The gate finds the strength that each kind of picture wants."""

import json

import numpy as np
import pytest
import torch

from crispen.model.student import Student, StudentConfig
from crispen.train.calibration import calibrate

WANTED = {"dull": 0.4, "vivid": 1.5}


def textures(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Four tiles (4, 1, 128, 128) of float levels, of little or of much contrast."""
    return 128 + rng.normal(0, {"dull": 4, "vivid": 30}[kind] * rng.uniform(0.8, 1.2), (4, 1, 128, 128))


def correction(student: Student, received: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return 255 * student.correction(torch.from_numpy(received).float() / 255)[0].numpy()


@pytest.fixture
def student():
    torch.manual_seed(2)
    student = Student(StudentConfig(4, 8, 2)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.15)
    return student


def write_clips(folder, student, rng, count):
    (folder / "train").mkdir()
    tiles, rows = [], []
    for index in range(count):
        kind = list(WANTED)[index % 2]
        received = textures(kind, rng).round().clip(0, 255)
        truth = received + WANTED[kind] * correction(student, received)
        tiles += list(np.concatenate([received, truth.round().clip(0, 255)], axis=1).astype(np.uint8))
        rows += [{"at": [0, 128 * column], "kind": kind} for column in range(4)]
    np.save(folder / "train/00000.npy", np.stack(tiles))
    (folder / "train/00000.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_gate_finds_the_strength_of_each_kind(student, tmp_path):
    rng = np.random.default_rng(3)
    write_clips(tmp_path, student, rng, 40)
    gated = calibrate(student, tmp_path, 1000, lambda row: 1.0)
    for kind, strength in WANTED.items():
        received = textures(kind, rng)
        change = correction(student, received)
        assert np.abs(change).mean() > 1  # there is something to be scaled
        x = torch.from_numpy(received).float() / 255
        with torch.no_grad():
            given = 255 * (gated(x) - x).numpy()
        assert (given * change).sum() / (change * change).sum() == pytest.approx(strength, abs=0.1)


def test_only_what_weighs_counts_and_nothing_else_changes(student, tmp_path):
    write_clips(tmp_path, student, np.random.default_rng(4), 40)
    gated = calibrate(student, tmp_path, 1000, lambda row: float(row["kind"] == "vivid"))
    x = torch.from_numpy(textures("vivid", np.random.default_rng(5))).float() / 255
    with torch.no_grad():
        assert gated.gate(gated.correction(x)[1][gated.gate_layer].mean((2, 3))).numpy() == pytest.approx(
            WANTED["vivid"], abs=0.1
        )
    before, after = dict(student.named_parameters()), dict(gated.named_parameters())
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert set(after) - set(before) == {"gate.weight", "gate.bias"}


def test_the_tops_leave_out_the_rarest_activations_only(student, tmp_path):
    write_clips(tmp_path, student, np.random.default_rng(4), 20)
    fitted = calibrate(student, tmp_path, 1000, lambda row: 1.0, gated=False)
    assert fitted.gate is None
    tiles = torch.from_numpy(np.load(tmp_path / "train/00000.npy")[:, :1].astype(np.float32)) / 255
    with torch.no_grad():
        activations = fitted.correction(tiles)[1]
    for top, values in zip(fitted.tops.tolist(), activations, strict=True):
        assert 0 < (values > top).float().mean() < 0.005
