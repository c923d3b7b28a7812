"""The public Sharpener against the network in plain numpy, in both engines, at every size and from several threads."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import expected, picture, random_convs

from crispen import CrispenError, Sharpener
from crispen.cpus import default_threads
from crispen.export.onnx_export import write_onnx
from crispen.frame import Colour, luma_from_rgb
from crispen.media.av_planes import plane_view

ENGINES = ("openvino", "onnxruntime")
CONVS = random_convs()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    write_onnx(path, CONVS, 4, {"unshuffle": 4})
    return path


@pytest.fixture(scope="module", params=ENGINES)
def sharpener(request, model):
    with Sharpener(model, request.param, threads=1, precision="f32") as opened:
        yield opened


def off_by(got: np.ndarray, wanted: np.ndarray) -> float:
    """Largest distance from the unrounded truth; 0.5 is what rounding alone may cost."""
    return float(np.abs(got - wanted).max())


@pytest.mark.parametrize("size", [(180, 320), (101, 203)])
def test_luma_equals_the_network(sharpener, size):
    y = picture(*size)
    wanted = expected(CONVS, 4, y)
    assert np.abs(wanted - y).mean() > 3  # there is a correction to be seen
    assert off_by(sharpener.luma(y), wanted) <= 0.5 + 0.01


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**16))
@settings(max_examples=15, deadline=None)
def test_any_size(sharpener, height, width, seed):
    y = picture(height, width, seed)
    sharp = sharpener.luma(y)
    assert sharp.shape == y.shape and sharp.dtype == np.uint8
    assert off_by(sharp, expected(CONVS, 4, y)) <= 0.5 + 0.01


def test_sizes_may_come_and_go(sharpener):
    """More sizes than are kept compiled, and back to the first."""
    for height, width in [(16, 16), (20, 16), (24, 16), (28, 16), (32, 16), (36, 16), (16, 16), (36, 16)]:
        y = picture(height, width)
        assert off_by(sharpener.luma(y), expected(CONVS, 4, y)) <= 0.5 + 0.01


def test_views_and_read_only_planes(sharpener):
    whole = picture(80, 120)
    for y in (whole[::2, ::2], whole[8:48, 4:64], whole[::-1], whole.T):
        assert off_by(sharpener.luma(y), expected(CONVS, 4, y)) <= 0.5 + 0.01
    frozen = whole.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(sharpener.luma(frozen), sharpener.luma(whole))


def test_results_are_the_callers_own(sharpener):
    first, second = picture(32, 32, 1), picture(32, 32, 2)
    kept = sharpener.luma(first)
    copy, source = kept.copy(), first.copy()
    sharpener.luma(second)
    np.testing.assert_array_equal(kept, copy)
    np.testing.assert_array_equal(first, source)
    kept[:] = 0  # may be written to


def test_the_engines_agree(model):
    y = picture(120, 160)
    with Sharpener(model, "openvino", 1) as one, Sharpener(model, "onnxruntime", 1) as other:
        difference = np.abs(one.luma(y).astype(int) - other.luma(y))
    assert difference.max() <= 1 and difference.mean() < 0.001


def test_bfloat16_stays_near(model):
    from crispen.runtime.engines.openvino_engine import has_bf16

    if not has_bf16():
        with pytest.raises(CrispenError, match="bfloat16"):
            Sharpener(model, "openvino", 1, precision="bf16")
        return
    y = picture(120, 160)
    with Sharpener(model, "openvino", 1, precision="bf16") as sharpener:
        assert sharpener.precision == "bf16"
        difference = np.abs(sharpener.luma(y) - expected(CONVS, 4, y))
    assert 0.5 < difference.max() <= 2  # it does run in another precision, and what that costs is bounded
    assert difference.mean() < 0.35  # 0.25 is rounding alone


@pytest.mark.parametrize("strength", [0.3, 1.7, 2])
def test_strength(sharpener, strength):
    y = picture(40, 40)
    sharpener.strength = strength
    try:
        assert off_by(sharpener.luma(y), expected(CONVS, 4, y, strength)) <= 0.5 + 0.02
    finally:
        sharpener.strength = 1


FORMATS = [
    *("yuv420p", "nv12", "yuv422p", "yuv444p", "gray", "yuvj420p", "yuv420p10le", "p010le", "yuva420p"),
    *("rgb24", "gbrp", "bgra", "gbrp10le", "yuyv422"),
]


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_strength_0_is_bit_exact(sharpener, pixel_format):
    rng = np.random.default_rng(0)
    frame = av.VideoFrame(32, 10, pixel_format)
    for plane in frame.planes:
        np.frombuffer(plane, np.uint8)[:] = rng.integers(0, 256, plane.buffer_size)
    sharpener.strength = 0
    try:
        after = sharpener.frame(frame)
        y, rgb = picture(9, 7), np.stack([picture(9, 7, k) for k in range(3)], axis=-1)
        np.testing.assert_array_equal(sharpener.luma(y), y)
        np.testing.assert_array_equal(sharpener.image(rgb), rgb)
    finally:
        sharpener.strength = 1
    for old, new in zip(frame.planes, after.planes, strict=True):
        width = min(old.line_size, 32)
        rows = (np.frombuffer(p, np.uint8).reshape(p.height, -1)[:, : min(width, p.line_size)] for p in (old, new))
        np.testing.assert_array_equal(*rows)


def test_a_grey_picture_is_sharpened_as_its_luma(sharpener):
    y = picture(37, 41)
    rgb = np.repeat(y[..., None], 3, axis=2)
    np.testing.assert_array_equal(sharpener.image(rgb), np.repeat(sharpener.luma(y)[..., None], 3, axis=2))


def test_a_picture_keeps_its_colour_differences(sharpener):
    rng = np.random.default_rng(0)
    rgb = rng.integers(90, 166, (30, 50, 3), np.uint8)  # far from clipping
    y = luma_from_rgb(rgb, Colour(matrix=6, full_range=True))
    change = expected(CONVS, 4, y) - y
    moved = sharpener.image(rgb).astype(int) - rgb
    np.testing.assert_array_equal(moved[..., 0], moved[..., 1])
    np.testing.assert_array_equal(moved[..., 0], moved[..., 2])
    assert off_by(moved[..., 0], change) <= 0.5 + 0.01


def test_a_frame_gets_the_luma_of_luma(sharpener):
    frame = av.VideoFrame(70, 46, "yuv420p")
    for index, plane in enumerate(frame.planes):
        plane_view(plane)[:] = picture(plane.height, plane.width, index)
    frame.pts, frame.time_base = 9, Fraction(1, 25)
    after = sharpener.frame(frame)
    planes = [(plane_view(old), plane_view(new)) for old, new in zip(frame.planes, after.planes, strict=True)]
    np.testing.assert_array_equal(planes[0][1], sharpener.luma(planes[0][0]))
    for old, new in planes[1:]:
        np.testing.assert_array_equal(old, new)
    assert (after.pts, after.time_base) == (9, Fraction(1, 25))


def test_threads_may_share_one(sharpener):
    pictures = [picture(24 + 4 * (k % 3), 32, k) for k in range(30)]
    alone = [sharpener.luma(y) for y in pictures]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(sharpener.luma, pictures))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_calls_wait_for_each_other(model, monkeypatch):
    """Engines are not safe to share: one call has to end before the next begins."""

    class Engine:
        busy = overlapped = False

        def __call__(self, y, strength):
            self.overlapped |= self.busy
            self.busy = True
            time.sleep(0.002)  # lets another thread in
            self.busy = False
            return y

    with Sharpener(model, threads=1) as sharpener, ThreadPoolExecutor(4) as pool:
        engine = Engine()
        monkeypatch.setattr(sharpener._engines, "current", engine)
        list(pool.map(sharpener.luma, [picture(4, 4, k) for k in range(20)]))
    assert not engine.overlapped


@pytest.mark.parametrize(
    "y", [np.zeros((4, 4), np.int16), np.zeros((4, 4, 1), np.uint8), np.zeros((0, 4), np.uint8), np.zeros(4, np.uint8)]
)
def test_what_is_no_plane_is_refused(sharpener, y):
    with pytest.raises(ValueError, match="plane"):
        sharpener.luma(y)


@pytest.mark.parametrize("rgb", [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_what_is_no_picture_is_refused(sharpener, rgb):
    with pytest.raises(ValueError, match="picture"):
        sharpener.image(rgb)


def test_a_file_without_a_card_may_be_of_any_unshuffle(tmp_path):
    convs = random_convs(unshuffle=8, width=4, depth=0)
    write_onnx(tmp_path / "eight.onnx", convs, 8, {})
    (tmp_path / "eight.json").unlink()
    y = picture(21, 13)
    with Sharpener(tmp_path / "eight.onnx") as sharpener:
        assert off_by(sharpener.luma(y), expected(convs, 8, y)) <= 0.5 + 0.01


def test_it_says_what_runs(model):
    with Sharpener(model) as sharpener:
        assert sharpener.engine == "openvino" and sharpener.precision == "f32" and sharpener.strength == 1
        assert sharpener.threads == default_threads()
        assert sharpener.describe().startswith("net, openvino, f32, ")
    with pytest.raises(ValueError, match="closed"):
        sharpener.luma(picture(4, 4))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"threads": 0}, "threads"),
        ({"threads": 257}, "threads"),
        ({"strength": -0.1}, "strength"),
        ({"strength": 2.1}, "strength"),
        ({"strength": float("nan")}, "strength"),
        ({"engine": "tensorflow"}, "openvino or onnxruntime"),
        ({"precision": "int4"}, "f32"),
        ({"engine": "onnxruntime", "precision": "bf16"}, "openvino"),
        ({"precision": "int8"}, "crispen export --precision int8"),
    ],
)
def test_options_that_can_not_be(model, options, words):
    with pytest.raises(CrispenError, match=words) as caught:
        Sharpener(model, **options)
    assert "\n" not in str(caught.value)


def test_sharpening_needs_no_extra():
    """In a process where torch, OpenCV, onnx and the other engine do not exist."""
    code = (
        "import sys\n"
        "for name in ('torch', 'cv2', 'onnx', 'onnxruntime', 'matplotlib', 'safetensors'): sys.modules[name] = None\n"
        "import crispen, numpy\n"
        "print(crispen.Sharpener('fast').luma(numpy.zeros((5, 3), numpy.uint8)).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "(5, 3)\n"), done.stderr


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system does not say how much memory is held")
def test_memory_stays_flat():
    """Two thousand frames, moving and still; by hand a hundred thousand (docs/performance.md)."""

    def held():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    rng = np.random.default_rng(0)
    planes = [rng.integers(0, 256, (180, 320), dtype=np.uint8) for _ in range(7)]
    with Sharpener("fast", threads=1) as sharpener:
        for number in range(2500):
            y = planes[number % 7 if number % 100 < 50 else 0]
            if number % 2:
                sharpener.frame(av.VideoFrame.from_ndarray(y, format="gray"))
            else:
                sharpener.luma(y, video=True)
            if number == 500:
                before = held()
    assert held() - before < 4e6
