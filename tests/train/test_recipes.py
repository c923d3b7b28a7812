import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from crispen.data.tile_reader import Tiles
from crispen.errors import CrispenError
from crispen.model.reference.reference_network import REFERENCE_NETWORKS
from crispen.model.student import SIZES
from crispen.model.teacher import TeacherConfig
from crispen.model.weights import load_deployable, load_student, load_teacher
from crispen.train.loop import TrainConfig
from crispen.train.recipes import distill, route, teach
from crispen.train.router_training import fit_router
from crispen.train.teacher_labels import label

CONFIG = TrainConfig(
    steps=12, batch=4, side=64, lr=1e-3, warmup=2, validate_every=6, checkpoint_every=5, validation_tiles=2, seed=3
)


TEACHER = TeacherConfig(width=8, encoder=(1,), middle=1, decoder=(1,))


def test_the_whole_recipe_of_teacher_labels_and_student(pairs, tmp_path):
    teacher = teach(pairs, tmp_path / "teacher", TEACHER, CONFIG, report=lambda line: None)
    still = replace(CONFIG, steps=1, lr=1e-12)
    onward = teach(pairs, tmp_path / "onward", TeacherConfig(), still, teacher, report=lambda line: None)
    before, after = (load_teacher(path)[0].state_dict() for path in (teacher, onward))
    assert all(torch.equal(before[name], after[name]) for name in before)  # the same network with the same weights
    weights = distill(pairs, tmp_path / "student", "fast", CONFIG, teacher, label_shards=1, report=lambda line: None)
    student, story = load_student(weights)
    assert student.config == SIZES["fast"]
    assert story["train"]["steps"] == 12 and story["teacher"] == "teacher.safetensors"
    rows = [json.loads(line) for line in (tmp_path / "student/log.jsonl").read_text().splitlines()]
    assert [(step, gains["core"]) for step, gains in story["curve"]] == [
        (row["step"], pytest.approx(row["core"]["psnr"], abs=6e-4)) for row in rows
    ]
    assert [step for step, _ in story["curve"]] == [6, 12]
    folder = label(pairs, teacher, 1)
    labels, received = np.load(folder / "00000.npy"), np.load(pairs / "train/00000.npy")[:, 0]
    assert labels.shape == received.shape and labels.dtype == np.uint8
    again = distill(pairs, tmp_path / "more", "fast", replace(CONFIG, steps=6), start=weights, report=lambda line: None)
    assert again.exists()
    with pytest.raises(CrispenError, match="not best"):
        distill(pairs, tmp_path / "wrong", "best", CONFIG, start=weights)


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_reference_networks_train_by_the_same_recipe(pairs, tmp_path, name):
    said = []
    weights = distill(pairs, tmp_path, name, replace(CONFIG, steps=3), report=said.append)
    peer, story = load_deployable(weights)
    x = torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        assert not torch.equal(peer(x), x)
    assert story["train"]["steps"] == 3 and story["size"] == name
    assert not any("int8" in line for line in said)
    with pytest.raises(CrispenError, match="trained from scratch"):
        distill(pairs, tmp_path / "more", name, CONFIG, start=weights)


def test_an_expert_is_trained_on_its_own_degradations(pairs, tmp_path, monkeypatch):
    seen = []

    def tiles(folder, labels, weigh):
        for path in (folder / "train").glob("*.jsonl"):
            seen.extend(weigh(json.loads(line)) for line in path.read_text().splitlines())
        return Tiles(folder, labels, weigh)

    monkeypatch.setattr("crispen.train.recipes.Tiles", tiles)
    still = replace(CONFIG, steps=1)
    weights = distill(pairs, tmp_path / "a", "fast", still, expert="small", report=lambda line: None)
    student, story = load_student(weights)
    assert story["stream"] == "small" and student.tops.min() > 0
    assert min(seen) == 0 < max(seen)
    monkeypatch.setattr("crispen.train.recipes.fit_router", partial(fit_router, steps=20))
    router = route(pairs, {"any": weights, "small": weights}, lambda line: None)
    assert router.experts == ["any", "small"]
