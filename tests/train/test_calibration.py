"""Calibration of activation ranges for int8."""

import json

import numpy as np
import pytest
import torch

from crispen.model.student import Student, StudentConfig
from crispen.train.calibration import calibrate


@pytest.fixture
def student():
    torch.manual_seed(2)
    student = Student(StudentConfig(4, 8, 2)).eval()
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.normal_(0, 0.15)
    return student


def test_ranges_exclude_only_the_rarest_activations(student, tmp_path):
    (tmp_path / "train").mkdir()
    tiles = np.random.default_rng(4).integers(0, 256, (80, 2, 128, 128), np.uint8)
    np.save(tmp_path / "train/00000.npy", tiles)
    rows = [json.dumps({"clip": index // 4, "at": [0, 128 * (index % 4)]}) for index in range(80)]
    (tmp_path / "train/00000.jsonl").write_text("\n".join(rows))
    before = {name: value.clone() for name, value in student.named_parameters()}
    calibrate(student, tmp_path, 1000)
    assert all(torch.equal(value, before[name]) for name, value in student.named_parameters())
    with torch.no_grad():
        activations = student.correction(torch.from_numpy(tiles[:, :1].astype(np.float32)) / 255)[1]
    for tops, values in zip(student.tops, activations, strict=True):
        beyond = (values > tops.view(1, -1, 1, 1)).float().mean((0, 2, 3))
        assert (beyond < 0.02).all() and beyond.mean() > 0
