"""Two processes on the CPU train the same network as one. torchrun runs this file as a process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from crispen.apps.cli import main
from crispen.data.tile_reader import Tiles, validation_tiles
from crispen.degrade.core_conditions import CORE
from crispen.model.student import SIZES, Student
from crispen.model.teacher import Teacher, TeacherConfig
from crispen.train import distributed
from crispen.train.loop import TrainConfig, train
from crispen.train.objectives import objective
from crispen.train.recipes import teach
from crispen.train.validation import validate

CONFIG = TrainConfig(
    steps=8, batch=6, side=64, lr=1e-3, warmup=2, validate_every=4, checkpoint_every=3, validation_tiles=18, seed=3
)
SMALL = TeacherConfig(width=8, encoder=(1,), middle=1, decoder=(1,))
NETWORKS = {"student": lambda: Student(SIZES["fast"]), "teacher": lambda: Teacher(SMALL)}
KILLED_AT = 5  # the second process, before its restart, after the checkpoint of step 3


class Recorded(Tiles):
    """Tiles that record each step's batch."""

    def batch(self, seed, step, size, side=128, part=slice(None)):
        self.drawn = getattr(self, "drawn", {})
        self.drawn[step] = super().batch(seed, step, size, side, part)
        return self.drawn[step]


def run(pairs: Path, folder: Path, name: str, loss=objective) -> dict:
    """Trains the network `name` in `folder`; returns the batches and the final state."""
    torch.manual_seed(
        CONFIG.seed + distributed.rank()
    )  # other initial weights in the second process: the first's must be used
    network, tiles = NETWORKS[name](), Recorded(pairs)
    average = train(network, loss, tiles, validation_tiles(pairs, 18), CONFIG, folder, lambda line: None)
    return {"drawn": tiles.drawn, "network": network.state_dict(), "average": average.state_dict()}


def worker(pairs: Path, target: Path, kill: bool) -> None:
    """One of torchrun's processes: trains in a folder of its own and writes the result beside it."""

    def loss(output, truth, label, progress):
        first_life = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
        if kill and first_life and distributed.rank() == 1 and round(progress * CONFIG.steps) == KILLED_AT:
            os.kill(os.getpid(), signal.SIGKILL)
        return objective(output, truth, label, progress)

    with distributed.process_group("cpu", CONFIG.batch):
        mine = target / str(distributed.rank())
        names = ["student"] if kill else list(NETWORKS)
        made = {name: run(pairs, mine / name, name, loss) for name in names}
        torch.save(made, target / f"made-{distributed.rank()}.pt")


def torchrun(*words, restarts: int = 0) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["--max-restarts", str(restarts), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done


def made(pairs: Path, target: Path, *words, restarts: int = 0) -> list[dict]:
    """The results of two processes."""
    target.mkdir()
    torchrun(__file__, pairs, target, *words, restarts=restarts)
    return [torch.load(target / f"made-{rank}.pt", weights_only=False) for rank in (0, 1)]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A pair set of blurred noise: three shards of 8 tiles, 18 validation tiles per condition."""
    folder, rng = tmp_path_factory.mktemp("pairs"), np.random.default_rng(0)
    plain = {"codec": None, "factor": 2.0, "motion_blur": 0.0, "defocus": 0.0, "photons": 0.0, "down": "cv2-area"}
    for part, shards, count in (("train", 3, 8), ("validation", len(CORE), 18)):
        (folder / part).mkdir()
        for number in range(shards):
            truth = rng.uniform(0, 255, (count, 128, 128))
            truth = sum(np.roll(truth, shift, axis) for shift in (0, 1, 2) for axis in (1, 2)) / 6
            received = (np.roll(truth, 1, 1) + truth + np.roll(truth, -1, 1)) / 3
            np.save(folder / part / f"{number:05}.npy", np.stack([received, truth], 1).astype(np.uint8))
            lines = [json.dumps({"at": [0, 0], "condition": plain}) for _ in range(count)]
            (folder / part / f"{number:05}.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "config.json").write_text("{}")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As many threads as torchrun gives each process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def two(pairs, tmp_path_factory):
    """The results of two undisturbed processes, and their folder."""
    target = tmp_path_factory.mktemp("two") / "run"
    return made(pairs, target), target


def gap(one: dict, other: dict) -> float:
    assert one.keys() == other.keys()
    return max((one[name] - other[name]).abs().max().item() for name in one)


def test_two_processes_train_the_same_network_as_one(pairs, two, tmp_path):
    """The same tiles, the same weights and curve up to rounding; both processes hold identical weights."""
    (first, second), folder = two
    for name in NETWORKS:
        torch.manual_seed(CONFIG.seed)
        begun = NETWORKS[name]().state_dict()
        alone = run(pairs, tmp_path / name, name)
        assert alone["drawn"].keys() == first[name]["drawn"].keys() == set(range(CONFIG.steps))
        for step, batch in alone["drawn"].items():
            halves = [each[name]["drawn"][step] for each in (first, second)]
            np.testing.assert_array_equal(np.concatenate(halves), batch)
            assert len(halves[0]) == len(halves[1]) == CONFIG.batch // 2
        for kind in ("network", "average"):
            assert gap(alone[kind], first[name][kind]) < 1e-5 < 1e-3 < gap(alone[kind], begun)
            assert gap(first[name][kind], second[name][kind]) == 0
        logs = [
            [json.loads(line) for line in (path / name / "log.jsonl").read_text().splitlines()]
            for path in (tmp_path, folder / "0")
        ]
        assert [row["step"] for row in logs[1]] == [4, 8]
        for here, there in zip(*logs, strict=True):
            assert there["loss"] == pytest.approx(here["loss"], abs=1e-5)
            assert there["core"] == pytest.approx(here["core"], abs=1e-4)


def test_shared_validation_equals_that_of_one_process(pairs, two):
    """27 batches over two processes: the logged numbers equal those of one process for the same network."""
    (first, _), folder = two
    student = Student(SIZES["fast"])
    student.load_state_dict(first["student"]["average"])
    scores = validate(student.eval(), validation_tiles(pairs, 18))
    logged = json.loads((folder / "0/student/log.jsonl").read_text().splitlines()[-1])
    for name, score in scores.items():
        assert logged[name] == pytest.approx(score, rel=1e-4, abs=1e-5), name


def test_only_the_first_process_writes(two):
    _, folder = two
    wrote = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    files = [f"0/{name}/{file}" for name in NETWORKS for file in ("checkpoint.pt", "curves.png", "log.jsonl")]
    assert wrote == sorted([*files, "made-0.pt", "made-1.pt"])


@pytest.mark.slow
def test_a_killed_and_restarted_process_changes_nothing(pairs, two, tmp_path):
    """SIGKILL after step 5: torchrun restarts both, and they continue from step 3 to identical weights.

    Each has a folder of its own, as on nodes that share no disk: what the second resumes came from the first.
    """
    (whole, _), _ = two
    for again in made(pairs, tmp_path / "run", "kill", restarts=1):
        assert sorted(again["student"]["drawn"]) == [3, 4, 5, 6, 7]
        for kind in ("network", "average"):
            assert gap(again["student"][kind], whole["student"][kind]) == 0
    log = (tmp_path / "run/0/student/log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == [4, 8]


def test_restarted_processes_do_not_connect_to_dead_ones():
    """Three starts on one store, as torchrun keeps it; the leader comes first, last or in between."""
    store = torch.distributed.HashStore()
    with ThreadPoolExecutor(3) as pool:
        for life, order in enumerate(((0, 1, 2), (1, 2, 0), (2, 0, 1))):
            started = {}
            for rank in order:
                started[rank] = pool.submit(distributed._fresh_store, store, rank, 3)
                time.sleep(0.1)
            found = {rank: each.result(timeout=20) for rank, each in started.items()}
            assert not any(each.check([f"address/{rank}"]) for each in found.values() for rank in found)
            for rank, each in found.items():
                each.set(f"address/{rank}", f"{life}/{rank}")
            for each in found.values():
                assert [each.get(f"address/{rank}").decode() for rank in range(3)] == [f"{life}/{r}" for r in range(3)]


@pytest.mark.slow
def test_the_command_distills_in_two_processes(pairs, tmp_path):
    """Labels are shared, one process prints the result, weights equal those of one process."""
    here, there = (Path(shutil.copytree(pairs, tmp_path / name)) for name in ("here", "there"))
    quiet = {"report": lambda line: None}
    teacher = teach(here, tmp_path / "teacher", SMALL, CONFIG, **quiet)
    words = ["--size", "fast", "--teacher", teacher, "--steps", 4, "--batch", 4, "--lr", 0.03, "--validate-every", 4]
    crispen = Path(sys.executable).with_name("crispen")
    done = torchrun("--no-python", crispen, "distill", there, tmp_path / "two", *words)
    assert done.stdout == f"{tmp_path / 'two/fast.safetensors'}\n"
    assert main(["distill", str(here), str(tmp_path / "one"), *map(str, words)]) == 0
    labels = sorted(here.glob("labels-*/*"))
    assert len(labels) == 3
    for path in labels:
        same = np.abs(np.load(path).astype(int) - np.load(there / path.relative_to(here)))
        assert same.max() <= 1 and same.mean() < 1e-3  # where a value lies between two levels
    one, two = (load_file(tmp_path / name / "fast.safetensors") for name in ("one", "two"))
    assert gap(one, two) < 1e-3 < 1e-2 < max(value.abs().max() for value in two.values())


def test_an_indivisible_batch_gives_a_clear_error(pairs, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "4")
    for batch, fits in (("10", "8 or 12"), ("3", "4")):
        for command in ("teach", "distill"):
            assert main([command, str(pairs), str(tmp_path / "run"), "--batch", batch]) == 1
            assert capsys.readouterr().err == (
                f"crispen: --batch {batch} does not divide over 4 processes; give {fits}\n"
            )
    assert not (tmp_path / "run").exists()


if __name__ == "__main__":
    worker(Path(sys.argv[1]), Path(sys.argv[2]), "kill" in sys.argv[3:])
