"""No command that opens an engine looks up a name, connects, forks, or leaves a file below HOME."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from clips import write_clip
from PIL import Image

from crispen.apps.cli import main

# Runs first in every Python process that is started with it; records and blocks telemetry.
_TRAP = """
import os, sys
_HERE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "", None)

def _note(event, words):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = words[0].decode() if isinstance(words[0], bytes) else words[0]
    elif event == "socket.connect" and isinstance(words[1], tuple):
        host = words[1][0]
    elif event == "os.fork":  # as telemetry does; programs that a command runs have other ways
        host = "a copy"
    else:
        return
    if host not in _HERE:
        with open(os.environ["CRISPEN_TRAP"], "a") as noted:
            noted.write(f"{event} {host}\\n")
        raise OSError("the test forbids it")

sys.addaudithook(_note)
"""
_KEPT = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "LANG", "LC_ALL")
COMMAND = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]


class Trap:
    """env: of processes to watch. Nothing turns telemetry off in it, as signs of a build server do."""

    def __init__(self, folder: Path):
        self.home, self._noted = folder / "home", folder / "noted"
        self.home.mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(_TRAP)
        paths = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
        left = {name: value for name, value in os.environ.items() if name in _KEPT}
        self.env = left | {
            "HOME": str(self.home), "USERPROFILE": str(self.home), "PYTHONPATH": paths,
            "CRISPEN_TRAP": str(self._noted),
        }  # fmt: skip

    @property
    def found(self) -> list[str]:
        noted = self._noted.read_text().splitlines() if self._noted.exists() else []
        return noted + [str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()]

    def run(self, words: list, folder: Path, **how) -> None:
        done = subprocess.run(
            [str(word) for word in words], cwd=folder, env=self.env, capture_output=True, text=True, timeout=300, **how
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def trap(tmp_path):
    return Trap(tmp_path / "trap")


@pytest.fixture(scope="module")
def things(tmp_path_factory):
    """A clip, a picture, a folder of both, and pictures to measure quality on."""
    folder = tmp_path_factory.mktemp("things")
    (folder / "archive").mkdir()
    (folder / "clean").mkdir()
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (96, 128, 3), np.uint8)).save(folder / "clean" / "a.png")
    for place in (folder, folder / "archive"):
        write_clip(place / "clip.mp4", frames=12)
        Image.fromarray(rng.integers(0, 256, (20, 30), np.uint8)).save(place / "picture.png")
    return folder


@pytest.mark.parametrize("module", ["openvino", "onnxruntime"])
def test_the_trap_finds_what_an_engine_does_by_itself(module, trap, tmp_path):
    """Versions without telemetry, such as older ones of ONNX Runtime, leave no traces."""
    code = f"import {module}" if module == "openvino" else "import onnxruntime as o; o.get_available_providers()"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=trap.env, capture_output=True, timeout=100)
    if not trap.found:
        pytest.skip(f"this version of {module} reports nothing")
    assert any(re.search("intel|Microsoft|getaddrinfo|fork", found) for found in trap.found)


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
@pytest.mark.parametrize("source", ["clip.mp4", "picture.png"])
def test_sharpen(source, engine, things, trap, tmp_path):
    target = tmp_path / f"out{Path(source).suffix}"
    trap.run([*COMMAND, "sharpen", things / source, target, "--engine", engine, "--stream", "full"], tmp_path)
    assert target.stat().st_size and not trap.found


@pytest.mark.parametrize(
    "words",
    [
        ["live", "clip.mp4", "{out}/live.mkv", "--quiet"],
        ["batch", "archive", "{out}/made", "--workers", "1"],
        ["bench", "--models", "fast", "--engines", "openvino,onnxruntime", "--size", "64x64", "--seconds", "0.1"],
        ["doctor"],
        ["models"],
        ["export", "fast", "--to", "openvino", "-o", "{out}/ir"],
    ],
    ids=lambda words: words[0],
)
def test_commands(words, things, trap, tmp_path):
    trap.run([*COMMAND, *(word.format(out=tmp_path) for word in words)], things)
    assert not trap.found


def test_eval_sends_nothing_and_keeps_its_cache_where_it_is_told(things, trap, tmp_path):
    pytest.importorskip("cv2")
    words = ["eval", "clean", "--models", "fast", "--baselines", "", "--conditions", "area-x3", "--jobs", "1"]
    trap.run([*COMMAND, *words, "--cache", tmp_path / "cache"], things)
    assert not trap.found


@pytest.mark.parametrize("target", ["openvino", "onnx"])
def test_the_exported_examples(target, trap, tmp_path):
    assert main(["export", "fast", "--to", target, "-o", str(tmp_path / "out")]) == 0
    trap.run([sys.executable, "example.py"], tmp_path / "out")
    assert (tmp_path / "out" / "sharp.png").exists() and not trap.found


def test_a_session_of_serve(trap):
    httpx = pytest.importorskip("httpx")
    pytest.importorskip("aiortc")
    sys.path.insert(0, str(Path(__file__).parent.parent / "serve"))
    from peer import PatternTrack, Peer

    with subprocess.Popen(
        [*COMMAND, "serve", "--port", "0"], env=trap.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().strip()

            async def call():
                async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                    peer = Peer(client)
                    await peer.connect("/echo", [PatternTrack()])
                    await peer.until(lambda state: state["frames"] > 5)
                    await peer.vanish()

            asyncio.run(call())
        finally:
            server.kill()
    assert not trap.found
