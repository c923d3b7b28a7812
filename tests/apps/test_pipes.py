"""Named pipes, process substitution and devices in the place of files."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from clips import frames_of, write_clip
from PIL import Image

from crispen.apps.cli import main
from crispen.media.plane_layout import samples

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs pipes and devices as POSIX has them")
CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())"]


def pipe(path, data: bytes):
    """A named pipe that gives `data` to the first who reads it."""
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(data,), daemon=True).start()
    return path


def shell(script: str, *words, folder):
    return subprocess.run(["bash", "-c", script, "sh", *words], cwd=folder, capture_output=True, timeout=200)


@pytest.fixture
def noise(tmp_path):
    path = tmp_path / "noise.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)).save(path)
    return path


@pytest.mark.parametrize("ending", ["mkv", "mp4", "y4m"])
def test_a_video_out_of_a_pipe(ending, tmp_path):
    """MP4 has its index at the end: it must be sought in."""
    source = write_clip(tmp_path / "a.mkv", frames=4)
    if ending != "mkv":
        assert main(["sharpen", str(source), str(tmp_path / f"a.{ending}"), "--strength", "0"]) == 0
        source = tmp_path / f"a.{ending}"
    given = pipe(tmp_path / f"p.{ending}", source.read_bytes())
    assert main(["sharpen", str(given), str(tmp_path / "out.mkv"), "--strength", "0", "--codec", "ffv1"]) == 0
    for old, new in zip(frames_of(source), frames_of(tmp_path / "out.mkv"), strict=True):
        assert np.array_equal(samples(new, 0), samples(old, 0))
    assert given.is_fifo()


def test_a_picture_out_of_a_pipe_and_its_default_name(noise, tmp_path, capsys):
    given = pipe(tmp_path / "p.png", noise.read_bytes())
    assert main(["sharpen", str(given), "--strength", "0"]) == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "p.crisp.png")), np.asarray(Image.open(noise)))
    assert f"{given} -> " in capsys.readouterr().err


def test_an_invalid_pipe_is_reported_by_its_name(tmp_path, capsys):
    given = pipe(tmp_path / "p.mp4", b"no video at all" * 50)
    assert main(["sharpen", str(given), str(tmp_path / "out.mkv")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"crispen: {given} is not a picture or video") and said.count("\n") == 1
    assert sorted(os.listdir(tmp_path)) == ["p.mp4"]


def test_an_existing_target_is_refused_before_a_pipe_is_read(tmp_path, capsys):
    """No one writes to it: reading would wait forever."""
    os.mkfifo(tmp_path / "p.mp4")
    (tmp_path / "out.mp4").write_text("mine")
    assert main(["sharpen", str(tmp_path / "p.mp4"), str(tmp_path / "out.mp4")]) == 1
    assert "exists already" in capsys.readouterr().err


def test_live_takes_no_pipe(tmp_path, capsys):
    os.mkfifo(tmp_path / "p.mkv")
    assert main(["live", str(tmp_path / "p.mkv"), str(tmp_path / "out.mkv")]) == 1
    assert f"crispen: {tmp_path / 'p.mkv'} is a named pipe; " in capsys.readouterr().err


def test_a_folder_without_a_name_needs_out(capsys):
    assert main(["sharpen", "/"]) == 1
    assert capsys.readouterr().err == "crispen: / has no name of its own; name OUT\n"


@pytest.mark.skipif(not os.path.exists("/bin/bash"), reason="process substitution is bash's")
def test_process_substitution(noise, tmp_path):
    done = shell('"$@" sharpen <(cat noise.png) out.png --strength 0', *CRISPEN, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out.png")), np.asarray(Image.open(noise)))
    done = shell('"$@" compare <(cat noise.png) <(cat out.png) -o page.html', *CRISPEN, folder=tmp_path)
    assert done.returncode == 0 and (tmp_path / "page.html").exists(), done.stderr
    done = shell('cat noise.png | "$@" sharpen /dev/stdin in.png --strength 0', *CRISPEN, folder=tmp_path)
    assert done.returncode == 0 and (tmp_path / "in.png").exists(), done.stderr
    for out in (">(cat)", "/dev/stdout"):
        done = shell(f'"$@" sharpen noise.png {out} | cat', *CRISPEN, folder=tmp_path)
        assert done.stderr.count(b"\n") == 1 and b"is a device or a pipe" in done.stderr


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_refused_as_input(device, noise, tmp_path, capsys):
    assert main(["sharpen", device, str(tmp_path / "out.png")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"crispen: {device} is a device") and said.count("\n") == 1
    assert main(["compare", str(noise), device, "-o", str(tmp_path / "out.html")]) == 1
    assert f"{device} is a device" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["/dev/null", "fifo.png", "link.png"])
@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
def test_a_device_or_a_pipe_is_never_replaced(out, overwrite, noise, tmp_path, capsys):
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "link.png").symlink_to("/dev/null")
    before = os.stat(tmp_path / out).st_mode
    assert main(["sharpen", str(noise), str(tmp_path / out), "--strength", "0", *overwrite]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "is a device or a pipe" in said
    assert os.stat(tmp_path / out).st_mode == before and (tmp_path / "link.png").is_symlink()


def test_a_link_is_followed_and_stays(noise, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "out.png").symlink_to(tmp_path / "far" / "real.png")
    assert main(["sharpen", str(noise), str(tmp_path / "out.png"), "--strength", "0"]) == 0
    assert (tmp_path / "far" / "real.png").read_bytes() == noise.read_bytes()
    assert main(["sharpen", str(noise), str(tmp_path / "out.png"), "--strength", "0"]) == 1
    assert main(["sharpen", str(noise), str(tmp_path / "out.png"), "--strength", "0", "--overwrite"]) == 0
    assert (tmp_path / "out.png").is_symlink() and os.listdir(tmp_path / "far") == ["real.png"]


@pytest.mark.skipif(not os.path.islink("/dev/stdout"), reason="has no /dev/stdout as Linux has it")
def test_standard_output_that_is_a_file(tmp_path):
    """/dev/stdout is then a link to it, which must stay."""
    from crispen.media.atomic_output import atomic_file

    with open(tmp_path / "out", "wb") as file:
        code = f"from pathlib import Path; from {atomic_file.__module__} import atomic_file\n"
        code += "with atomic_file(Path('/dev/stdout'), True) as part: part.write_bytes(b'new')"
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True, timeout=200)
    assert (tmp_path / "out").read_bytes() == b"new" and os.path.islink("/dev/stdout")
