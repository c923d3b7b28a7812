"""Photos of 108 and 200 megapixels: sharpened in bands, in memory that is bounded."""

import json
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image

from crispen.files import image_file as picture
from crispen.image.image_reader import load_picture
from crispen.runtime.sharpener import Sharpener

RNG = np.random.default_rng(8)


def write_soft(path, width: int, height: int, **options) -> None:
    """A picture that has detail at every place, softened."""
    side = 512
    tile = Image.fromarray(RNG.integers(0, 256, (side // 4, side // 4, 3), np.uint8)).resize((side, side))
    image = Image.new("RGB", (width, height))
    for left in range(0, width, side):
        for top in range(0, height, side):
            image.paste(tile, (left, top))
    image.save(path, **options)


@pytest.mark.parametrize("model", ["fast", "balanced", "best"])
@pytest.mark.parametrize("shape", [(300, 290), (291, 301), (130, 700)])
def test_bands_are_what_the_whole_picture_gives(model, shape, monkeypatch):
    """To the bit: each band is computed with all that the network sees around it, by the choice for the whole."""
    soft = Image.fromarray(RNG.integers(0, 256, (shape[0] // 3, shape[1] // 3), np.uint8))
    luma = np.asarray(soft.resize(shape[::-1], Image.Resampling.BICUBIC))
    with Sharpener(model) as sharpener:
        whole = sharpener.luma(luma)
        chosen = sharpener.choice
        assert not np.array_equal(whole, luma)
        for band in (shape[1] * 20, shape[1] * 100, 1):
            monkeypatch.setattr(picture, "BAND", band)
            bands = list(picture.sharpened(luma, sharpener))
            assert [top for top, _ in bands] == list(np.cumsum([0, *(len(rows) for _, rows in bands)])[:-1])
            assert len(bands) > 1
            assert np.array_equal(np.concatenate([rows for _, rows in bands]), whole)
            assert sharpener.choice == chosen
        assert np.array_equal(sharpener.luma(luma[::2, ::2].copy()), Sharpener(model).luma(luma[::2, ::2].copy()))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "YCbCr", "I;16"])
def test_pictures_in_bands_are_pictures_as_a_whole(mode, tmp_path, monkeypatch):
    soft = Image.fromarray(RNG.integers(0, 256, (30, 24, 3), np.uint8)).resize((70, 90), Image.Resampling.BICUBIC)
    deep = np.asarray(soft.getchannel(0)).astype(np.uint16) * 256
    path = tmp_path / ("a.jpg" if mode == "YCbCr" else "a.png")
    image = Image.fromarray(deep) if mode == "I;16" else soft
    (image if mode in ("I;16", "YCbCr") else image.convert(mode)).save(path)
    with Sharpener("fast", stream="any") as sharpener:
        whole, parts = load_picture(path), load_picture(path)
        change = picture.sharpen_pixels(whole, sharpener)
        monkeypatch.setattr(picture, "BAND", 70 * 20)
        assert picture.sharpen_pixels(parts, sharpener) == pytest.approx(change)
    assert change > 0
    assert np.array_equal(whole.rows(0, 90), parts.rows(0, 90))


# Prints the most bytes of memory that a process took. Linux hands ru_maxrss on from a process to the program that it
# starts, so that there it would be the memory of these tests.
PEAK = (
    "print(1024 * int(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]))"
    if sys.platform == "linux"
    else "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell a process how much memory it took at most")
@pytest.mark.parametrize(("width", "height"), [(12000, 9000), (16320, 12240)])
def test_photos_of_108_and_200_megapixels_take_less_than_a_gigabyte_and_a_half(width, height, tmp_path):
    write_soft(tmp_path / "a.jpg", width, height, quality=93)
    program = f"import sys; from crispen.apps.cli import main; status = main(sys.argv[1:]); {PEAK}; sys.exit(status)"
    command = [sys.executable, "-c", program, "sharpen", str(tmp_path / "a.jpg"), "--stream", "small", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report, peak = done.stdout.splitlines()
    assert json.loads(report)["luma_change"] > 0
    assert int(peak) < 1.5e9
    assert "bomb" not in done.stderr.lower()
    with av.open(str(tmp_path / "a.crisp.jpg")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (width, height)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux holds a program to its address space")
def test_too_little_memory_for_a_picture_is_reported_in_one_line(tmp_path):
    Image.new("RGB", (9000, 9000)).save(tmp_path / "a.jpg")
    program = (
        "import resource, sys; from pathlib import Path; from crispen.errors import CrispenError;"
        "from crispen.image.image_reader import load_picture;"
        "used = int(open('/proc/self/statm').read().split()[0]) * 4096;"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 250_000_000,) * 2)\n"
        "try: load_picture(Path(sys.argv[1]))\n"
        "except CrispenError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.jpg"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path / 'a.jpg'} needs more memory than there is; make it smaller first\n"
    assert done.stderr == ""
