"""Frames of every pixel format: only luma changes, by exactly the network's correction.

The oracle is FFmpeg's `extractplanes`, which knows each format's layout on its own.
"""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.format import names as all_formats

from crispen.errors import CrispenError
from crispen.frame import Colour, luma_from_rgb
from crispen.media.av_filters import FilterChain
from crispen.runtime.frame_luma import sharpen_video_frame

LUMA = [
    *("yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv410p", "yuv440p", "gray", "ya8", "yuva420p"),
    *("nv12", "nv21", "nv16", "nv24", "yuv420p10le", "yuv420p10be", "yuv422p12le", "yuva444p10le"),
    *("gray10le", "gray16be", "ya16le", "p010le", "p010be", "p210le", "yuv444p10msble"),
]
RGB = [
    "rgb24",
    "bgr24",
    "rgba",
    "bgra",
    "argb",
    "abgr",
    "gbrp",
    "gbrap",
    "gbrp10le",
    "gbrp12be",
    "rgb48le",
    "bgra64be",
]
PACKED = {"yuyv422": (0, 2), "yvyu422": (0, 2), "uyvy422": (1, 2), "0rgb": (1, 4), "bgr0": (2, 4)}  # (first, step)


def stretch(y: np.ndarray) -> np.ndarray:
    """A stand-in for the network that would show a wrong place, a wrong sign or a wrap-around."""
    return np.clip(y.astype(int) * 3 // 2 - 40, 0, 255).astype(np.uint8)


def random_frame(pixel_format: str, width: int = 37, height: int = 11, seed: int = 0) -> av.VideoFrame:
    """Noise that fills the whole depth, padding and unused bits excepted."""
    pixels = av.VideoFormat(pixel_format, width, height)
    frame = av.VideoFrame(width, height, pixel_format)
    bits, rng = pixels.components[0].bits, np.random.default_rng(seed)
    for plane in frame.planes:
        if bits == 8:
            np.frombuffer(plane, np.uint8)[:] = rng.integers(0, 256, plane.buffer_size)
        else:
            shift = 16 - bits if pixel_format.startswith("p") or "msb" in pixel_format else 0
            kind = ">u2" if pixels.is_big_endian else "<u2"
            np.frombuffer(plane, kind)[:] = rng.integers(0, 1 << bits, plane.buffer_size // 2) << shift
    frame.pts, frame.time_base, frame.duration = 5, Fraction(1, 90000), 3003
    frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, 2, 9, 14
    return frame


def plane(frame: av.VideoFrame, letter: str) -> np.ndarray:
    """One component as FFmpeg extracts it: (H, W) int32."""
    return FilterChain(("extractplanes", letter))(frame).to_ndarray().astype(np.int32)


def components_of(frame: av.VideoFrame) -> dict[str, np.ndarray]:
    """Every component by its letter."""
    parts = frame.format.components
    letters = "rgb" if frame.format.is_rgb else "yuv"[: 1 if len(parts) < 3 else 3]
    letters += "a" if any(part.is_alpha for part in parts) else ""
    if letters == "y":
        return {"y": frame.to_ndarray().astype(np.int32)}
    return {letter: plane(frame, letter) for letter in letters}


def sharpened(values: np.ndarray, bits: int) -> np.ndarray:
    """The expected luma: the change of the top eight bits, scaled and added to all bits."""
    eight = values >> (bits - 8)
    change = stretch(eight.astype(np.uint8)).astype(np.int32) - eight
    return np.clip(values + change * 2 ** (bits - 8), 0, 2**bits - 1)


@pytest.mark.parametrize("pixel_format", LUMA)
def test_only_luma_changes_and_by_the_right_amount(pixel_format):
    before = random_frame(pixel_format)
    after = sharpen_video_frame(before, stretch)
    old, new = components_of(before), components_of(after)
    np.testing.assert_array_equal(new.pop("y"), sharpened(old.pop("y"), before.format.components[0].bits))
    for letter in old:
        np.testing.assert_array_equal(new[letter], old[letter], err_msg=letter)


@pytest.mark.parametrize("pixel_format", RGB)
def test_rgb_moves_along_grey_by_the_change_of_luma(pixel_format):
    before = random_frame(pixel_format)
    old, new = components_of(before), components_of(sharpen_video_frame(before, stretch))
    bits = before.format.components[0].bits
    rgb = np.stack([old[letter] >> (bits - 8) for letter in "rgb"], axis=-1).astype(np.uint8)
    y = luma_from_rgb(rgb, Colour(full_range=True))
    change = (stretch(y).astype(np.int32) - y) * 2 ** (bits - 8)
    for letter in "rgb":
        np.testing.assert_array_equal(new[letter], np.clip(old[letter] + change, 0, 2**bits - 1), err_msg=letter)
    if "a" in old:
        np.testing.assert_array_equal(new["a"], old["a"])


@pytest.mark.parametrize("pixel_format", PACKED)
def test_packed_formats_that_ffmpeg_can_not_extract(pixel_format):
    first, step = PACKED[pixel_format]
    before = random_frame(pixel_format, width=36)
    after = sharpen_video_frame(before, stretch)
    wide = 36 * before.format.padded_bits_per_pixel // 8
    old, new = (np.frombuffer(f.planes[0], np.uint8).reshape(11, -1)[:, :wide].astype(int) for f in (before, after))
    if before.format.is_rgb:
        colours = [column for column in range(4) if column != {"0rgb": 0, "bgr0": 3}[pixel_format]]
        moved = new - old
        middle = (old > 60) & (old < 195)
        for column in colours:  # one change for all three where nothing clips
            both = middle[:, column::4] & middle[:, first::4]
            moved_apart = (moved[:, column::4] - moved[:, first::4])[both & (abs(moved[:, first::4]) <= 60)]
            assert moved_apart.size and not moved_apart.any()
        assert moved.any()
        padding = {"0rgb": 0, "bgr0": 3}[pixel_format]
        assert not moved[:, padding::4].any()
    else:
        np.testing.assert_array_equal(new[:, first::step], stretch(old[:, first::step].astype(np.uint8)))
        np.testing.assert_array_equal(new[:, 1 - first :: step], old[:, 1 - first :: step])


# Without components it is a name for pictures in the memory of a graphics card.
IN_MEMORY = [name for name in sorted(all_formats) if av.VideoFormat(name, 16, 4).components]


@pytest.mark.parametrize("pixel_format", IN_MEMORY)
def test_every_format_is_sharpened_or_refused_by_name(pixel_format):
    frame = av.VideoFrame(16, 4, pixel_format)
    for each in frame.planes:
        np.frombuffer(each, np.uint8)[:] = 0
    calls = []
    try:
        after = sharpen_video_frame(frame, lambda y: calls.append(y.shape) or y)
    except CrispenError as error:
        assert pixel_format in str(error) and "\n" not in str(error)
        assert not calls
    else:
        assert calls == [(4, 16)] and after.format.name == pixel_format


REFUSED = ["pal8", "monow", "monob", "bayer_rggb8", "rgb565le", "rgb8", "xyz12le", "grayf32le", "gbrpf32le", "vyu444"]


@pytest.mark.parametrize("pixel_format", REFUSED)
def test_what_holds_no_luma_of_its_own_is_refused(pixel_format):
    frame = av.VideoFrame(16, 4, pixel_format)
    with pytest.raises(CrispenError, match=f"{pixel_format}.*yuv420p"):
        sharpen_video_frame(frame, stretch)


def test_time_and_colour_description_stay():
    before = random_frame("yuv420p")
    after = sharpen_video_frame(before, stretch)
    for name in ("pts", "time_base", "duration", "colorspace", "color_range", "color_primaries", "color_trc"):
        assert getattr(after, name) == getattr(before, name), name
    assert (after.width, after.height, after.format.name) == (37, 11, "yuv420p")


def test_the_frame_given_is_left_alone():
    before = random_frame("yuv420p", width=36, height=10)
    copy = before.to_ndarray()
    sharpen_video_frame(before, stretch)
    np.testing.assert_array_equal(before.to_ndarray(), copy)


@pytest.mark.parametrize("height", [1, 2, 11])
def test_fields_of_an_interlaced_frame_are_sharpened_apart(height):
    def numbered(y: np.ndarray) -> np.ndarray:
        fields.append(y.shape)
        return np.full_like(y, len(fields))

    fields: list = []
    frame = FilterChain(("setfield", "tff"))(random_frame("yuv420p", height=height))
    assert frame.interlaced_frame
    y = plane(sharpen_video_frame(frame, numbered), "y")
    assert fields == ([((height + 1) // 2, 37), (height // 2, 37)] if height > 1 else [(1, 37)])
    np.testing.assert_array_equal(y, np.broadcast_to(np.arange(height)[:, None] % 2 + 1, y.shape))


def test_a_frame_stored_bottom_up_stays_upright():
    """Decoders of uncompressed AVI hand out planes with a negative line size."""
    flipped = FilterChain(("vflip", ""))(random_frame("yuv420p"))
    assert flipped.planes[0].line_size < 0
    old, new = components_of(flipped), components_of(sharpen_video_frame(flipped, stretch))
    np.testing.assert_array_equal(new["y"], stretch(old["y"].astype(np.uint8)))
    np.testing.assert_array_equal(new["u"], old["u"])


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 3), (5, 7), (64, 2)])
def test_small_sizes(size):
    before = random_frame("yuv420p", *size)
    old, new = components_of(before), components_of(sharpen_video_frame(before, stretch))
    np.testing.assert_array_equal(new["y"], stretch(old["y"].astype(np.uint8)))
    np.testing.assert_array_equal(new["v"], old["v"])


@pytest.mark.parametrize("size", [(0, 0), (0, 8), (8, 0)])
def test_a_frame_without_pixels_is_a_value_error(size):
    try:
        frame = av.VideoFrame(*size, "yuv420p")
    except ValueError:
        pytest.skip("PyAV makes no such frame")
    with pytest.raises(ValueError, match="a frame must have pixels"):
        sharpen_video_frame(frame, lambda y: y)
