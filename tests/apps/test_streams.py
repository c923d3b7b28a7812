"""Standard streams as shells, pipes and full disks leave them."""

import os
import subprocess
import sys

import pytest
from clips import write_clip

pytestmark = pytest.mark.skipif(os.name != "posix", reason="closes and hands over descriptors as a POSIX shell does")

CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]
# What standard output says even where nothing is asked.
SPEAKING = [["models"], ["models", "--json"], ["--help"], ["--version"], ["doctor"], ["live", "--help"]]


def environment(**changed: str) -> dict[str, str]:
    """Ours, with output buffered as users have it."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"} | changed


def run(words, redirected: str = "", **environ: str) -> subprocess.CompletedProcess:
    """Runs `crispen WORDS` in a shell with a redirection such as >&-."""
    command = ["sh", "-c", f'exec "$@" {redirected}', "sh", *CRISPEN, *map(str, words)]
    return subprocess.run(command, capture_output=True, env=environment(**environ), timeout=200)


def is_one_line(text: bytes) -> bool:
    return text.startswith(b"crispen: ") and text.count(b"\n") == 1


@pytest.mark.parametrize("words", SPEAKING)
def test_a_closed_output_is_one_line(words):
    done = run(words, ">&-")
    assert done.returncode == 1 and is_one_line(done.stderr) and b"standard output is closed" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a full device")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", SPEAKING)
def test_a_full_output_is_one_line(words, unbuffered):
    done = run(words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
    if words[-1] in ("--help", "--version") and unbuffered:
        return  # argparse drops what it cannot write
    assert done.returncode == 1 and is_one_line(done.stderr) and b"space" in done.stderr


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_silent(unbuffered):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*CRISPEN, "models"], stdout=write, stderr=subprocess.PIPE, env=environment(PYTHONUNBUFFERED=unbuffered)
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_errors_of_standard_error_are_ignored(redirected, tmp_path):
    if "full" in redirected and not os.path.exists("/dev/full"):
        pytest.skip("needs a full device")
    source = write_clip(tmp_path / "a.mp4", frames=3)
    done = run(["sharpen", source, "--strength", "0", "--scale", "2"], redirected)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / "a.crisp.mp4").stat().st_size > 500
    assert run(["sharpen", tmp_path / "none.mp4"], redirected).returncode == 1  # a mistake stays one


@pytest.mark.parametrize(
    ("words", "redirected", "said"),
    [
        (["-", "-"], "<&- >&-", b"the input is empty"),
        (["a.mp4", "-", "--strength", "0"], ">&-", b"standard output"),
        (["a.mp4", "--json", "--strength", "0", "--quiet"], ">&-", b"standard output is closed"),
    ],
)
def test_video_for_a_closed_stream_is_one_line(words, redirected, said, tmp_path):
    write_clip(tmp_path / "a.mp4", frames=3)
    done = run(["sharpen", *(tmp_path / word if word == "a.mp4" else word for word in words)], redirected)
    assert done.returncode == 1 and is_one_line(done.stderr) and said in done.stderr


@pytest.mark.parametrize("encoding", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_names_beyond_the_encoding_of_the_terminal(encoding, tmp_path):
    source = write_clip(tmp_path / "a.mp4", frames=2)
    source = source.rename(tmp_path / "龍é.mp4")
    done = run(["batch", tmp_path, tmp_path / "out", "--dry-run", "--strength", "0"], **encoding)
    assert done.returncode == 0 and b".mp4 -> " in done.stdout, done.stderr
    done = run(["sharpen", source, "--strength", "0", "--json"], **encoding)
    assert done.returncode == 0 and b"Traceback" not in done.stderr
