"""Damaged files of every format: no crash, hang, traceback, extra output or leftover file, and every frame kept."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fuzz_case import Case, _faults_of_words, case_of, faults
from fuzz_seeds import SEEDS, make_seeds
from mutations import MUTATIONS, mutate

# Part of the 3,000 cases in docs/reliability.md, which fuzz_run.py runs.
CASES = 300


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    return make_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.slow
def test_every_undamaged_seed_is_sharpened(seeds, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    found = {name: faults(Case(0, name, "none"), data, work) for name, data in seeds.items()}
    assert found == {name: [] for name in SEEDS}


@pytest.mark.slow
def test_damaged_files_end_in_a_result_or_in_one_line():
    """In a process of its own: the children of one that has used OpenVINO may not open it."""
    program = Path(__file__).with_name("fuzz_run.py")
    done = subprocess.run(
        [sys.executable, program, "--cases", str(CASES)], capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.stdout == f"{CASES} cases, 0 with faults\n", done.stdout + done.stderr
    assert done.returncode == 0


def test_a_case_is_the_same_on_every_run(seeds):
    assert case_of(17, seeds) == case_of(17, seeds)
    assert case_of(17, seeds) != case_of(18, seeds)


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_mutation_changes_the_bytes_and_never_empties_the_file(name):
    data = bytes(range(256)) * 4
    for seed in range(50):
        assert mutate(data, name, np.random.default_rng(seed))
    assert any(mutate(data, name, np.random.default_rng(seed)) != data for seed in range(50))


@pytest.mark.parametrize(
    ("status", "text", "fault"),
    [
        (0, "", None),
        (1, "crispen: a.png is damaged\n", None),
        (-11, "", "SIGSEGV"),
        (-14, "", "time limit"),
        (1, "Traceback (most recent call last):\nValueError: 31\n", "traceback"),
        (0, "libtiff: bad scanline\n", "extra output"),
        (1, "libtiff: bad scanline\ncrispen: a.tif is damaged\n", "2 lines"),
        (1, "", "0 lines"),
        (70, "crispen: internal error\n", "status 70"),
    ],
)
def test_what_counts_as_a_fault(status, text, fault):
    found = list(_faults_of_words(status, text))
    assert (found == []) if fault is None else (len(found) == 1 and fault in found[0])


def test_the_harness_detects_a_lost_frame(seeds, tmp_path, monkeypatch):
    """The harness must detect a lost frame."""
    work = tmp_path / "work"
    work.mkdir()
    import fuzz_case

    monkeypatch.setattr(fuzz_case, "_command", lambda entry, source, target: target.write_bytes(seeds["still.gif"]) * 0)
    [fault] = faults(Case(0, "raw.y4m", "none"), seeds["raw.y4m"], work)
    assert "6 frames can be decoded" in fault
