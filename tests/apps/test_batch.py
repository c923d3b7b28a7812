"""The command crispen batch on an archive in folders."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from clips import frames_of, write_clip
from PIL import Image

from crispen.apps.batch import progress_line
from crispen.apps.cli import main
from crispen.batch.job import JobState

CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]
HOW = ["--segment", "0.3", "--stream", "small"]


@pytest.fixture
def archive(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    write_clip(tmp_path / "in" / "a.mp4", frames=40, options={"g": "8"})
    write_clip(tmp_path / "in" / "deep" / "b.mkv", frames=10)
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(tmp_path / "in" / "c.png")
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    return tmp_path


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_broken_item_fails_and_a_second_run_completes_the_job(archive, capsys):
    (archive / "in" / "broken.mp4").write_bytes(b"nonsense" * 50)
    words = ["batch", str(archive / "in"), str(archive / "out"), *HOW]
    assert main(words) == 1
    said = capsys.readouterr()
    assert "broken.mp4: " in said.err and "3 sharpened, 0 done before, 1 failed" in said.err and not said.out
    assert "CPU hours an hour of video" in said.err
    made = contents(archive / "out")
    assert sorted(made) == ["a.mp4", "c.png", "crispen-batch.jsonl", "deep/b.mkv"]
    states = {record["item"]: record["state"] for record in map(json.loads, made["crispen-batch.jsonl"].splitlines())}
    assert states == {"a.mp4": "done", "broken.mp4": "failed", "c.png": "done", "deep/b.mkv": "done"}
    assert len(frames_of(archive / "out" / "a.mp4")) == 40

    write_clip(archive / "in" / "broken.mp4", frames=3)  # repaired
    os.utime(archive / "out" / "a.mp4", ns=(1, 1))
    assert main(words) == 0
    assert "1 sharpened, 3 done before, 0 failed" in capsys.readouterr().err
    assert (archive / "out" / "a.mp4").stat().st_mtime_ns == 1, "it was sharpened again"
    assert main([*words, "--overwrite", "--quiet"]) == 0
    assert (archive / "out" / "a.mp4").stat().st_mtime_ns != 1 and not capsys.readouterr().err
    assert (archive / "out" / "a.mp4").read_bytes() == made["a.mp4"]


def test_a_dry_run_prints_the_cost_and_writes_nothing(archive, capsys):
    before = contents(archive)
    assert main(["batch", str(archive / "in"), str(archive / "out"), "--dry-run", *HOW]) == 0
    said = capsys.readouterr().out
    assert contents(archive) == before and not (archive / "out").exists()
    assert "a.mp4 -> a.mp4: 1.3 s, 64x48, 4 segments" in said and "c.png -> c.png: a picture" in said
    assert "2 videos" in said and "CPU hours" in said and "an hour of video, as measured here on" in said


def test_outputs_of_sharpen_are_skipped_in_a_folder_and_accepted_by_name(archive, capsys):
    for name in ("c.crisp.png", "c.compare.png"):
        (archive / "in" / name).write_bytes((archive / "in" / "c.png").read_bytes())
    assert main(["batch", str(archive / "in"), str(archive / "out"), "--dry-run", *HOW]) == 0
    assert "1 pictures" in capsys.readouterr().out
    assert main(["batch", str(archive / "in" / "c.crisp.png"), str(archive / "out"), "--dry-run", *HOW]) == 0
    assert "c.crisp.png -> c.crisp.png" in capsys.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_killed_job_continues_when_started_again(archive):
    for name in "defg":
        write_clip(archive / "in" / f"{name}.mp4", frames=60, size=(160, 120), options={"g": "8"})
    words = [*CRISPEN, "batch", str(archive / "in"), str(archive / "out"), *HOW, "--workers", "2"]
    job = subprocess.Popen(words, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    while not list((archive / "out").glob("*.mp4")) and time.monotonic() < end:
        time.sleep(0.002)
    job.kill()
    assert job.wait(30) == -signal.SIGKILL
    done = {path: path.stat().st_mtime_ns for path in (archive / "out").rglob("[a-z].*")}
    assert 1 <= len(done) < 7
    again = subprocess.run(words, capture_output=True, text=True, timeout=120)
    sharpened, skipped = map(int, re.findall(r"(\d+) (?:sharpened|done before)", again.stderr))
    assert again.returncode == 0 and sharpened + skipped == 7 and skipped >= len(done) and sharpened
    assert all(path.stat().st_mtime_ns == time for path, time in done.items())
    assert main(["batch", str(archive / "in"), str(archive / "one"), "--quiet", "--workers", "1", *HOW]) == 0
    made, right = contents(archive / "out"), contents(archive / "one")
    del made["crispen-batch.jsonl"], right["crispen-batch.jsonl"]
    assert {name: data for name, data in made.items() if ".part" not in name} == right


@pytest.mark.parametrize(
    "words, status, said",
    [
        (["in", "in"], 2, "DST is SRC"),
        (["in", "in/c.png"], 2, "DST is a file"),
        (["empty", "out"], 1, "holds no pictures or videos"),
        (["in", "out", "--model", "sharpest"], 1, "no model"),
        (["in", "out", "--codec", "mp9"], 2, "codec"),
    ],
)
def test_errors_are_reported_before_anything_is_done(archive, capsys, words, status, said):
    (archive / "empty").mkdir()
    assert main(["batch", *(str(archive / word) for word in words[:2]), *words[2:]]) == status
    error = capsys.readouterr().err
    assert error.startswith("crispen: ") and error.count("\n") == 1 and said in error
    assert not (archive / "out").exists()


def test_two_sources_with_the_same_output_are_an_error(archive, capsys):
    write_clip(archive / "in" / "x.y4m.mkv", frames=2)
    (archive / "in" / "x.y4m").write_bytes(b"YUV4MPEG2 W2 H2 F1:1\n")
    assert main(["batch", str(archive / "in"), str(archive / "out")]) == 1
    assert "x.y4m.mkv" in capsys.readouterr().err


def test_outputs_inside_the_source_are_not_sources(archive, capsys):
    for _ in range(2):
        assert main(["batch", str(archive / "in"), str(archive / "in" / "crisp"), *HOW]) == 0
    assert "0 sharpened, 3 done before" in capsys.readouterr().err


def test_the_progress_line_is_about_the_whole_job():
    state = JobState(4, done=1, failed={"a": "why"}, frames=300, expected_frames=600)
    line = progress_line(state, 60.0)
    assert line == "2/4 items (1 failed), 300 frames, 5.0 fps, 1 min left"
