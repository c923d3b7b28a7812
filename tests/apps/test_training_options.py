"""`crispen data build`, `teach`, `distill`: options take effect, and invalid ones are refused before the work."""

import json
from dataclasses import astuple

import numpy as np
import pytest
import torch
from exit_status import status_of
from PIL import Image

from crispen.apps.cli import main
from crispen.data.pair_builder import BuildConfig, build
from crispen.model.student import SIZES
from crispen.model.weights import load_student
from crispen.train.recipes import STUDENT_CONFIG, TEACHER_CONFIG


@pytest.fixture
def asked(monkeypatch):
    """The arguments that reach the recipes, which are not run."""
    asked = []

    def take(*values):
        asked.append(values)
        values[-1]("a line of progress")
        return "weights.safetensors"

    for name in ("teach", "distill"):
        monkeypatch.setattr(f"crispen.train.recipes.{name}", take)
    return asked


@pytest.fixture
def threads():
    """Puts the number of threads back, which is global to PyTorch."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def one_line(capsys) -> str:
    said = capsys.readouterr()
    assert said.err.startswith("crispen: ") and said.err.count("\n") == 1 and not said.out
    return said.err


def test_without_options_the_recipes_use_their_defaults(asked, tmp_path, capsys):
    assert main(["teach", str(tmp_path), str(tmp_path / "run")]) == 0
    assert main(["distill", str(tmp_path), str(tmp_path / "run")]) == 0
    (pairs, folder, network, config, begun, _), (_, _, size, *rest, _) = asked
    assert (pairs, folder) == (tmp_path, tmp_path / "run")
    assert config == TEACHER_CONFIG and network.width == 48
    assert begun is None
    assert (size, *rest) == ("balanced", STUDENT_CONFIG, None, None, 60, "any")
    said = capsys.readouterr()
    assert said.out == "weights.safetensors\n" * 2  # for $(...); progress goes to stderr
    assert said.err == "a line of progress\n" * 2


def test_options_reach_the_recipe(asked, threads, tmp_path):
    words = ["--steps", "7", "--batch", "3", "--lr", "0.5", "--seed", "0", "--validate-every", "2", "--bf16"]
    words += ["--device", "cpu", "--threads", "1"]
    words += ["--optimizer", "soap"]
    distilling = ["--size", "sesr-m5", "--teacher", "t", "--stream", "small"]
    assert main(["distill", str(tmp_path), str(tmp_path / "run"), *words, *distilling]) == 0
    ((_, _, size, config, teacher, _, _, stream, _),) = asked
    assert (config.steps, config.batch, config.lr, config.seed, config.validate_every) == (7, 3, 0.5, 0, 2)
    assert config.bf16 is True and config.device == "cpu" and config.optimizer == "soap"
    assert config.ema == STUDENT_CONFIG.ema  # what was not asked for stays
    assert size == "sesr-m5" and teacher.name == "t" and stream == "small"
    assert torch.get_num_threads() == 1


def test_the_peers_that_can_be_named_are_those_there_are(capsys):
    from crispen.model.reference.reference_network import REFERENCE_NETWORKS

    with pytest.raises(SystemExit):
        main(["distill", "pairs", "run", "--size", "srcnn"])
    said = capsys.readouterr().err
    assert all(name in said for name in (*SIZES, *REFERENCE_NETWORKS))


def test_the_optimizer_choices_match_the_training_code(capsys):
    from crispen.train.optimizer import OPTIMIZERS

    with pytest.raises(SystemExit):
        main(["distill", "pairs", "run", "--optimizer", "sgd"])
    said = capsys.readouterr().err
    assert all(name in said for name in OPTIMIZERS)


@pytest.mark.parametrize("command", ["teach", "distill"])
@pytest.mark.parametrize(
    "words",
    [
        ["--steps", "0"],
        ["--batch", "-1"],
        ["--lr", "0"],
        ["--lr", "-0.1"],
        ["--lr", "nan"],
        ["--lr", "inf"],
        ["--seed", "-1"],
        ["--validate-every", "0"],
        ["--threads", "0"],
        ["--device", "tpu"],
        ["--device", "meta"],
        ["--device", "cuda:99"],
    ],
)
def test_invalid_training_values_are_usage_errors(command, words, asked, tmp_path, capsys):
    status = 1 if words[1] == "cuda:99" else 2  # this machine lacks it
    assert status_of([command, tmp_path, tmp_path / "run", *words]) == status
    name = words[0].removeprefix("--")
    assert name in one_line(capsys) and not asked and not (tmp_path / "run").exists()


@pytest.mark.parametrize("words", [["teach", "--width", "0"], ["distill", "--label-shards", "0"]])
def test_invalid_values_of_one_command_are_usage_errors(words, asked, tmp_path, capsys):
    command, *options = words
    assert status_of([command, tmp_path, tmp_path / "run", *options]) == 2
    assert options[0] in one_line(capsys) and not asked


@pytest.mark.parametrize("command", ["teach", "distill"])
def test_invalid_training_folders_are_reported(command, asked, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main([command, str(tmp_path / "missing"), str(tmp_path / "run")]) == 1
    assert f"crispen data build PICTURES {tmp_path / 'missing'}" in one_line(capsys)
    assert main([command, str(tmp_path), str(tmp_path / "file")]) == 1
    assert str(tmp_path / "file") in one_line(capsys)
    assert not asked


def test_options_reach_the_build(monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setattr("crispen.data.pair_builder.build", lambda *values: asked.append(values))
    words = ["--clips", "9", "--validation-clips", "3", "--seed", "0", "--jobs", "2"]
    words += ["--family", "starved", "--family", "clean", "--hold-out", "anna_*"]
    words += ["--frame-drops", "0.5", "--camera", "0.25", "--person", "1", "--double-coding", "0.125", "--shake", "0"]
    words += ["--exposure-drift", "0.75", "--softened", "0.5", "--own-size", "1", "--tiles", "8"]
    assert main(["data", "build", "one", "two", str(tmp_path / "pairs"), *words]) == 0
    ((sources, target, config, jobs, _),) = asked
    assert [source.name for source in sources] == ["one", "two"] and target == tmp_path / "pairs"
    assert (config.clips, config.validation_clips, config.seed, jobs) == (9, 3, 0, 2)
    assert config.families == ("starved", "clean") and config.held_out == ("anna_*",)
    assert astuple(config.extras) == (0.5, 0.25, 1, 0.125, 0, 0.75, 0.5, 1) and config.tiles_of_clip == 8


def test_the_family_choices_match_the_training_mix():
    from crispen.apps.data import FAMILIES
    from crispen.degrade import training_mix as mix

    assert tuple(mix.FAMILIES) == FAMILIES


@pytest.mark.parametrize(
    "words", [["--clips", "0"], ["--validation-clips", "-1"], ["--jobs", "0"], ["--seed", "-1"], ["--person", "1.5"]]
)
def test_invalid_build_values_are_usage_errors(words, tmp_path, capsys):
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    assert status_of(["data", "build", tmp_path, tmp_path / "pairs", *words]) == 2
    assert words[0] in one_line(capsys) and not (tmp_path / "pairs").exists()


def test_unusable_sources_are_reported(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for source in ("missing", "empty", "file"):
        assert main(["data", "build", str(tmp_path / source), str(tmp_path / "pairs")]) == 1
        assert source in one_line(capsys)
    assert main(["data", "build", str(tmp_path / "empty"), str(tmp_path / "file")]) == 1
    assert "name another" in one_line(capsys)


def test_from_pictures_to_a_file_that_runs(threads, tmp_path, capsys):
    """The path of a newcomer, as short as it can be."""
    from crispen import Sharpener

    for seed in range(3):
        coarse = np.random.default_rng(seed).integers(0, 256, (18, 24, 3), np.uint8)
        Image.fromarray(coarse).resize((192, 144), Image.Resampling.LANCZOS).save(tmp_path / f"{seed}.png")
    pairs, folder, out = (str(tmp_path / name) for name in ("pairs", "run", "mine"))
    config = BuildConfig(clips=2, validation_clips=1, region=(128, 128), clips_per_shard=2)
    build([tmp_path], tmp_path / "pairs", config, jobs=1, report=lambda line: None)
    words = ["--size", "fast", "--steps", "2", "--batch", "2", "--validate-every", "1", "--threads", "1"]
    capsys.readouterr()
    assert main(["distill", pairs, folder, *words]) == 0
    weights = capsys.readouterr().out.strip()
    assert [json.loads(line)["step"] for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()] == [1, 2]
    assert load_student(weights)[0].config == SIZES["fast"]
    assert main(["export", weights, "--to", "onnx", "-o", out]) == 0
    (model,) = (str(path) for path in (tmp_path / "mine").glob("*.onnx"))
    assert main(["bench", "--models", model, "--size", "32x32", "--seconds", "0.01", "--threads", "1"]) == 0
    with Sharpener(model) as sharpener:
        assert sharpener.luma(np.zeros((5, 5), np.uint8)).shape == (5, 5)


def test_a_router_needs_several_sets(tmp_path, capsys):
    words = ["route", str(tmp_path), str(tmp_path / "net.safetensors")]
    assert main([*words, str(tmp_path / "net.router.json")]) == 1
    assert "net-small.safetensors" in one_line(capsys)
    assert main([*words, str(tmp_path / "net.json")]) == 2
    assert ".router.json" in one_line(capsys)
    (tmp_path / "net.router.json").write_text("mine")
    assert main([*words, str(tmp_path / "net.router.json")]) == 1
    assert "--overwrite" in one_line(capsys)
    assert (tmp_path / "net.router.json").read_text() == "mine"


def test_the_router_is_fitted_to_the_sets_that_are_there(monkeypatch, tmp_path, capsys):
    import numpy as np

    from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, read_router

    found = {}

    def route(pairs, weights, report):
        found.update(weights)
        flat = np.zeros(MEASURES)
        choices = tuple(Choice(name, 1.0) for name in weights)
        return Router(choices, flat, flat + 1, np.zeros((INPUTS + 1, 2)), np.zeros((3, len(weights))))

    monkeypatch.setattr("crispen.train.recipes.route", route)
    for name in ("net", "net-small", "net-resized", "net-other"):
        (tmp_path / f"{name}.safetensors").touch()
    target = tmp_path / "net.router.json"
    assert main(["route", str(tmp_path), str(tmp_path / "net.safetensors"), str(target)]) == 0
    assert {name: path.name for name, path in found.items()} == {
        "any": "net.safetensors",
        "small": "net-small.safetensors",
        "resized": "net-resized.safetensors",
    }
    assert read_router(target).experts == ["any", "small", "resized"]
    assert capsys.readouterr().out == f"{target}\n"
