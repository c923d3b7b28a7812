import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.errors import CrispenError
from crispen.model.student import SIZES, Student
from crispen.train.loop import TrainConfig, learning_rate, train
from crispen.train.objectives import fidelity, teacher_share
from crispen.train.optimizer import OPTIMIZERS

CONFIG = TrainConfig(
    steps=12, batch=4, side=64, lr=1e-3, warmup=2, validate_every=6, checkpoint_every=5, validation_tiles=2, seed=3
)


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
    del state["config"]["optimizer"]  # as in old checkpoints
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CrispenError, match=r"--optimizer adamw --lr 0\.001;"):
        run(pairs, tmp_path, replace(CONFIG, optimizer="soap"))
    run(pairs, tmp_path, CONFIG)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_lowers_the_objective(pairs, tmp_path, optimizer):
    config = replace(CONFIG, optimizer=optimizer, steps=120, batch=8, lr=2e-3, validate_every=120)
    network = run(pairs, tmp_path, config)
    tiles = torch.from_numpy(np.concatenate(Tiles(pairs).shards)).float() / 255
    received, truth = tiles.split(1, dim=1)
    with torch.no_grad():
        assert fidelity(network(received), truth) < fidelity(received, truth) - 0.02


def test_a_dead_network_stops_the_run(pairs, tmp_path):
    def kill(output, truth, label, progress):
        return 0 * output.mean()  # no gradient: the residual stays constant

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


def test_a_folder_of_another_network_is_refused(pairs, tmp_path):
    run(pairs, tmp_path, replace(CONFIG, steps=5))
    with pytest.raises(CrispenError, match="another network"):
        run(pairs, tmp_path, CONFIG, lr_network=Student(SIZES["balanced"]))
