"""Signals at random moments: no output is lost, no incomplete file has a final name, and a second run completes it.

CRISPEN_KILLS=20 sends that many for each program and signal in the place of three.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from clips import write_clip
from PIL import Image

if os.name != "posix":
    pytest.skip("sends signals", allow_module_level=True)
pytestmark = pytest.mark.slow

CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]
KILLS = int(os.environ.get("CRISPEN_KILLS", "3"))
FRAMES = 60
# What is run in a folder that holds `in`, where its outputs are, and how it is run once more.
PROGRAMS = {
    "file": (["sharpen", "in/a.mp4", "a.mp4"], ["a.mp4"], ["--overwrite"]),
    "picture": (["sharpen", "in/p.png", "p.png"], ["p.png"], ["--overwrite"]),
    "folder": (["sharpen", "in", "out"], ["out/a.mp4", "out/b.mkv", "out/p.png"], []),
    "batch": (
        ["batch", "in", "out", "--segment", "0.5", "--workers", "2"], ["out/a.mp4", "out/b.mkv", "out/p.png"], [],
    ),
    "live": (["live", "in/a.mp4", "live.mkv", "--model", "fast"], ["live.mkv"], ["--overwrite"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kill") / "in"
    folder.mkdir()
    write_clip(folder / "a.mp4", frames=FRAMES, size=(320, 240), audio="aac", options={"g": "10"})
    write_clip(folder / "b.mkv", frames=FRAMES, size=(160, 120), options={"g": "10"})
    Image.effect_noise((640, 480), 50).save(folder / "p.png")
    return folder


def start(words, folder: Path) -> subprocess.Popen:
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [*CRISPEN, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"TMPDIR": str(folder / "tmp")}, start_new_session=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lasting(source, tmp_path_factory):
    """Seconds that each program takes without a signal."""
    times = {}
    for name, (words, _, _) in PROGRAMS.items():
        folder = tmp_path_factory.mktemp("whole")
        (folder / "in").symlink_to(source)
        began = time.monotonic()
        with start(words, folder) as process:
            error = process.communicate(timeout=300)[1]
        assert process.returncode == 0, error
        times[name] = time.monotonic() - began
    return times


def is_whole(path: Path, live: bool) -> bool:
    """Whether a picture or video is complete; live recordings may be shorter."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            image.load()
        return image.size == (640, 480)
    with av.open(str(path)) as container:
        count = sum(1 for _ in container.decode(video=0))
    return count > 0 if live else count == FRAMES


def left(folder: Path) -> list[str]:
    """Hidden files of the outputs, and temporary ones."""
    found = [path for path in folder.rglob("*") if ".part-" in path.name or folder / "tmp" in path.parents]
    return [str(path.relative_to(folder)) for path in found]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("program", PROGRAMS)
def test_killing_at_any_moment_leaves_no_partial_file(program, number, source, lasting, tmp_path):
    words, outputs, again = PROGRAMS[program]
    before = {path: path.read_bytes() for path in source.iterdir()}
    moments = random.Random(f"{program} {number}")
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        folder.mkdir()
        (folder / "in").symlink_to(source)
        with start(words, folder) as process:
            time.sleep(moments.uniform(0.1, 1.1) * lasting[program])
            if number in (signal.SIGINT, signal.SIGHUP):  # a terminal tells all
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            error = process.communicate(timeout=120)[1]
        # -number, or words of Python's own: before Crispen began, or when it had ended
        assert process.returncode in (0, 130, -number) or "gave no picture" in error, error
        assert "Traceback" not in error or process.returncode in (0, -number), error
        if program == "live" and number != signal.SIGKILL and "frames" in error:
            assert (folder / "live.mkv").exists(), error
        if number != signal.SIGKILL:
            assert not left(folder), error
        for name in outputs:
            assert not (folder / name).exists() or is_whole(folder / name, program == "live"), (name, error)
        with start([*words, *again], folder) as process:
            error = process.communicate(timeout=300)[1]
        assert process.returncode == 0, error
        assert all(is_whole(folder / name, False) for name in outputs)
        assert not [name for name in left(folder) if "tmp" not in name]
        assert {path: path.read_bytes() for path in source.iterdir()} == before
