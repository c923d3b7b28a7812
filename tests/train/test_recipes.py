import json
import math
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from crispen.data.pair_builder import BuildConfig, build
from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.errors import CrispenError
from crispen.model.reference.reference_network import REFERENCE_NETWORKS
from crispen.model.student import SIZES, Student
from crispen.model.teacher import TeacherConfig
from crispen.model.weights import load_deployable, load_student, load_teacher, save
from crispen.train.loop import TrainConfig, learning_rate, train
from crispen.train.losses import mesh_loss
from crispen.train.objectives import fidelity, teacher_share, vivid_objective
from crispen.train.optimizer import OPTIMIZERS
from crispen.train.perceptual_loss import Perceptual
from crispen.train.recipes import distill, route, teach
from crispen.train.router_training import fit_router
from crispen.train.teacher_labels import label
from crispen.train.validation import validate

CONFIG = TrainConfig(
    steps=12, batch=4, side=64, lr=1e-3, warmup=2, validate_every=6, checkpoint_every=5, validation_tiles=2, seed=3
)
TEACHER = TeacherConfig(width=8, encoder=(1,), middle=1, decoder=(1,))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        coarse = rng.uniform(0, 255, (36, 48, 3)).astype(np.float32)
        picture = cv2.resize(coarse, (192, 144), interpolation=cv2.INTER_LANCZOS4)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{seed}.png")
    config = BuildConfig(clips=12, validation_clips=2, region=(128, 128), clips_per_shard=6)
    build([folder], folder / "pairs", config, jobs=1, report=lambda line: None)
    return folder / "pairs"


def objective(output, truth, label, progress):
    return fidelity(output, truth)


def run(pairs, folder, config, objective=objective, lr_network=None):
    torch.manual_seed(config.seed)
    network = lr_network or Student(SIZES["fast"])
    return train(network, objective, Tiles(pairs), validation_tiles(pairs, 2), config, folder, lambda line: None)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(pairs, tmp_path, optimizer):
    config = replace(CONFIG, optimizer=optimizer)
    whole = run(pairs, tmp_path / "whole", config)

    class Interrupted(Exception):
        pass

    def breaking(output, truth, label, progress):
        if progress == 8 / CONFIG.steps:
            raise Interrupted
        return fidelity(output, truth)

    with pytest.raises(Interrupted):
        run(pairs, tmp_path / "broken", config, breaking)
    resumed = run(pairs, tmp_path / "broken", config)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name
    steps = [json.loads(line)["step"] for line in (tmp_path / "broken/log.jsonl").read_text().splitlines()]
    assert steps == [6, 12]
    assert (tmp_path / "broken/curves.png").stat().st_size > 1000


def test_a_run_of_another_optimiser_is_refused(pairs, tmp_path):
    run(pairs, tmp_path, replace(CONFIG, steps=5))
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    del state["config"]["optimizer"]  # as runs were kept before there was a choice
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CrispenError, match=r"--optimizer adamw --lr 0\.001;"):
        run(pairs, tmp_path, replace(CONFIG, optimizer="soap"))
    run(pairs, tmp_path, CONFIG)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_learning_pays(pairs, tmp_path, optimizer):
    config = replace(CONFIG, optimizer=optimizer, steps=120, batch=8, lr=2e-3, validate_every=120)
    network = run(pairs, tmp_path, config)
    tiles = torch.from_numpy(np.concatenate(Tiles(pairs).shards)).float() / 255
    received, truth = tiles.split(1, dim=1)
    with torch.no_grad():
        assert fidelity(network(received), truth) < fidelity(received, truth) - 0.02


def test_a_dead_network_stops_the_run(pairs, tmp_path):
    def kill(output, truth, label, progress):
        return 0 * output.mean()  # nothing to learn: the correction stays constant

    with pytest.raises(CrispenError, match="no longer varies"):
        run(pairs, tmp_path, CONFIG, kill)


def test_a_loss_that_is_not_finite_stops_the_run(pairs, tmp_path):
    with pytest.raises(CrispenError, match="loss is nan"):
        run(pairs, tmp_path, CONFIG, lambda output, truth, label, progress: output.mean() * math.nan)


def test_learning_rate_warms_up_and_falls_along_a_cosine():
    config = TrainConfig(steps=1000, warmup=100, lr=1.0)
    assert learning_rate(0, config) == pytest.approx(0.01)
    assert learning_rate(500, config) == pytest.approx(0.01 + 0.99 / 2)
    assert learning_rate(1000, config) == pytest.approx(0.01)
    assert teacher_share(0.2) == 0.5 and teacher_share(0.75) == 0.25 and teacher_share(1.0) == 0


def test_validation_measures_what_it_says(pairs):
    tiles = validation_tiles(pairs, 2)

    class Brighter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = torch.nn.Parameter(torch.tensor(0.02))

        def forward(self, x):
            return x + self.shift

    scores = validate(Brighter(), tiles)
    assert scores["core"]["psnr_unshifted"] == pytest.approx(0, abs=0.05)  # clipping at white only
    assert scores["clean"] == pytest.approx(-20 * math.log10(0.02), abs=0.2)
    assert scores["variation"] < 1e-6
    received, truth = (plane.astype(float) for plane in tiles["area-x3"].swapaxes(0, 1))

    def psnr(x):
        return 10 * np.log10(255**2 / ((x - truth) ** 2).mean((1, 2)))

    gain = (psnr(np.clip(received + 5.1, 0, 255)) - psnr(received)).mean()
    assert scores["area-x3"]["psnr"] == pytest.approx(gain, abs=1e-3)


def test_the_whole_recipe_teaches_labels_and_distills(pairs, tmp_path):
    teacher = teach(pairs, tmp_path / "teacher", TEACHER, CONFIG, report=lambda line: None)
    still = replace(CONFIG, steps=1, lr=1e-12)
    onward = teach(pairs, tmp_path / "onward", TeacherConfig(), still, teacher, report=lambda line: None)
    before, after = (load_teacher(path)[0].state_dict() for path in (teacher, onward))
    assert all(torch.equal(before[name], after[name]) for name in before)  # the same network, at the same weights
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


def test_each_tile_is_labelled_by_the_set_that_knows_its_damage(pairs, tmp_path):
    """Sets that add 0.1 label exactly the tiles that were scaled; undamaged tiles are their own truth."""
    students = {name: Student(SIZES["fast"]).eval() for name in ("fast", "fast-resized", "fast-aliased")}
    with torch.no_grad():
        for name in ("fast-resized", "fast-aliased"):
            students[name].convs[-1].conv3.bias.fill_(1.0)  # of which its gain leaves a tenth
    for name, student in students.items():
        save(tmp_path / f"{name}.safetensors", student, {})
    folder = label(pairs, tmp_path / "fast.safetensors", 99, lambda line: None)
    met = set()
    for path in sorted((pairs / "train").glob("*.npy")):
        received, truth = np.load(path).swapaxes(0, 1)
        rows = [json.loads(line) for line in path.with_suffix(".jsonl").read_text().splitlines()]
        for row, one, told, true in zip(rows, received, np.load(folder / path.name), truth, strict=True):
            resized = row["condition"]["codec"] is None and row["condition"]["factor"] >= 1.05
            clean = row["condition"]["codec"] is None and not resized
            brighter = np.clip(one / 255.0 + 0.1, 0, 1) * 255
            np.testing.assert_allclose(told, true if clean else brighter if resized else one, atol=0.501)
            met.add((clean, resized))
    assert len(met) >= 2


@pytest.fixture
def vgg(tmp_path):
    """VGG-16 to conv3_3 with its true names and a handful of channels, drawn at random."""
    shapes = {0: (3, 4), 2: (4, 4), 5: (4, 5), 7: (5, 5), 10: (5, 6), 12: (6, 6), 14: (6, 6)}
    layers = {index: torch.nn.Conv2d(*channels, 3) for index, channels in shapes.items()}
    tensors = {
        f"features.{index}.{name}": value for index, conv in layers.items() for name, value in conv.state_dict().items()
    }
    save_file(tensors, tmp_path / "vgg.safetensors")
    return tmp_path / "vgg.safetensors"


def test_the_vivid_look_also_asks_for_the_features_of_the_middles(vgg):
    torch.manual_seed(0)
    truth, perceptual = torch.rand(4, 1, 128, 128), Perceptual(vgg)
    output, edges = (truth + 0.1 * torch.randn(truth.shape)).clamp(0, 1), truth.clone()
    loss = vivid_objective(perceptual)
    middles = (plane[[0, 2], :, 32:96, 32:96] for plane in (output, truth))
    mesh = 400 * mesh_loss(output, truth)
    wanted = fidelity(output, truth) + 20 * perceptual(*middles) + mesh
    assert loss(output, truth, None, 0.0).item() == pytest.approx(wanted.item(), rel=1e-5)
    edges[..., :32] = output[..., :32]
    without = fidelity(edges, truth) + 400 * mesh_loss(edges, truth)
    assert loss(edges, truth, None, 0.0).item() == pytest.approx(without.item(), rel=1e-5)


def test_a_vivid_set_goes_on_from_a_natural_one_and_corrects_more(pairs, tmp_path, vgg):
    options = {"report": lambda line: None}
    natural = distill(pairs, tmp_path / "natural", "fast", CONFIG, **options)
    still = replace(CONFIG, steps=1, lr=1e-12)
    weights = distill(pairs, tmp_path / "vivid", "fast", still, start=natural, perceptual=vgg, **options)
    (before, told), (after, story) = load_student(natural), load_student(weights)
    assert told["look"] == "natural" and story["look"] == "vivid" and story["start"]["look"] == "natural"
    x = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(after.correction(x)[0], 1.5 * before.correction(x)[0], rtol=1e-4, atol=1e-6)
    with pytest.raises(CrispenError, match="no VGG-16 weights"):
        distill(pairs, tmp_path / "none", "fast", CONFIG, perceptual=tmp_path / "none.safetensors", **options)


@pytest.mark.parametrize("name", REFERENCE_NETWORKS)
def test_peers_train_by_the_same_recipe(pairs, tmp_path, name):
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


def test_a_set_for_a_stream_learns_from_its_slice(pairs, tmp_path, monkeypatch):
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
    assert router.sets == ["any", "small"]


def test_a_folder_of_another_network_is_refused(pairs, tmp_path):
    run(pairs, tmp_path, replace(CONFIG, steps=5))
    with pytest.raises(CrispenError, match="another network"):
        run(pairs, tmp_path, CONFIG, lr_network=Student(SIZES["balanced"]))
