"""Colours are preserved for every pixel format that decoders output."""

from fractions import Fraction

import av
import numpy as np
import pytest
from clips import Brighter, frames_of

from crispen.apps.cli import main
from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.media.av_filters import FilterChain
from crispen.media.av_planes import plane_rows
from crispen.media.plane_layout import has_alpha, samples
from crispen.runtime.frame_luma import sharpen_video_frame
from crispen.video.encoded_format import encoded_info
from crispen.video.frame_preparation import FramePreparer
from crispen.video.video_encoder import VIDEO_ENCODERS, pixel_format_for
from crispen.video.video_info import VideoInfo
from crispen.video.video_reader import VideoReader
from crispen.video.y4m import Y4mReader

WIDTH, HEIGHT, PATCH = 64, 32, 16
# Two rows of four patches, in parts of full red, green and blue; the first eight corners of the cube.
CORNERS = [(1, 1, 1), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 1, 1), (1, 0, 1)]
GREYS = [(1, 1, 1), (0, 0, 0), (1, 1, 1), (1, 1, 1), (0, 0, 0), (0, 0, 0), (1, 1, 1), (0, 0, 0)]


def names(text):
    return text.split()


YUV = names(
    "yuv420p yuv410p yuv411p yuv422p yuv440p yuv444p yuvj420p yuvj422p yuvj444p nv12 nv21 yuyv422 uyvy422 yuv420p9le "
    "yuv420p10le yuv420p10be yuv420p12le yuv422p10le yuv422p12le yuv444p10le yuv444p12le yuv444p16le yuv420p16be "
    "y210le yuva420p yuva444p yuva444p10le yuva444p12le vuya"
)
RGB = names(
    "rgb24 bgr24 rgba bgra argb abgr rgb0 bgr0 0rgb gbrp gbrp9le gbrp10le gbrp12le gbrp14le gbrp16le gbrp16be gbrap "
    "gbrap10le gbrap16le rgb48le rgb48be bgr48le rgba64le rgba64be gbrpf32le"
)
# Of these FFmpeg's NUT makes no file.
FILELESS = names(
    "nv16 nv24 yuv440p10le p010le p016le p210le p410le ayuv64le xv36le x2rgb10le bayer_rggb8 bayer_rggb16le"
)
PACKED = [f"{order}{bits}{end}" for order in ("rgb", "bgr") for bits in (444, 555, 565) for end in ("le", "be")]
SMALL = [*PACKED, "rgb8", "bgr8", "rgb4_byte", "bgr4_byte", "pal8"]
MONO = names("monow monob gray gray9le gray10le gray10be gray12le gray14le gray16le gray16be ya8")


def patches(values):
    """(HEIGHT, WIDTH, ...) with each of eight values in a patch of its own."""
    return np.repeat(np.repeat(np.asarray(values).reshape(2, 4, *np.shape(values)[1:]), PATCH, 0), PATCH, 1)


def source(pixel_format):
    """The eight corners of the RGB cube in `pixel_format`; what libswscale cannot make well is put together by bits."""
    if pixel_format in PACKED:
        depths = [int(digit) for digit in pixel_format[3:6]]
        values = []
        for corner in CORNERS:
            value = 0
            for part, depth in zip(corner if pixel_format[0] == "r" else corner[::-1], depths, strict=True):
                value = value << depth | part * ((1 << depth) - 1)
            values.append(value)
        return packed(pixel_format, patches(values).astype("<u2" if pixel_format.endswith("le") else ">u2"))
    if pixel_format == "pal8":
        palette = np.zeros((256, 4), np.uint8)
        palette[:, 3] = 255
        palette[:8, :3] = np.array(CORNERS)[:, ::-1] * 255  # blue, green, red, alpha
        frame = packed(pixel_format, patches(range(8)).astype(np.uint8))
        plane = np.frombuffer(frame.planes[1], np.uint8)
        plane[:1024] = palette.reshape(-1)
        return frame
    if pixel_format.startswith("bayer"):
        kind = np.uint16 if "16" in pixel_format else np.uint8
        red, green, blue = (patches(CORNERS)[..., part].astype(kind) * np.iinfo(kind).max for part in range(3))
        mosaic = green.copy()
        mosaic[0::2, 0::2], mosaic[1::2, 1::2] = red[0::2, 0::2], blue[1::2, 1::2]
        return packed(pixel_format, mosaic)
    frame = av.VideoFrame.from_ndarray((patches(CORNERS) * 255).astype(np.uint8), "rgb24")
    if pixel_format in MONO:
        grey = patches([corner[0] for corner in GREYS]).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(grey * 255, "gray").reformat(format=pixel_format)
        if pixel_format.startswith("gray"):  # libswscale's white is no whole 1023
            samples(frame, 0)[:] = grey.astype(np.uint32) * ((1 << frame.format.components[0].bits) - 1)
        return frame
    full = "pc" if pixel_format.startswith("yuvj") else "tv"
    colour = (
        "" if pixel_format in (*RGB, *SMALL, "x2rgb10le", "xyz12le") else f":out_color_matrix=bt601:out_range={full}"
    )
    return FilterChain(("scale", f"flags=accurate_rnd+full_chroma_int{colour}"), ("format", pixel_format))(frame)


def packed(pixel_format, values):
    frame = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
    rows = values.view(np.uint8).reshape(HEIGHT, -1)
    plane_rows(frame.planes[0])[:, : rows.shape[1]] = rows
    return frame


def write_raw(path, frame):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, frame.format.name
        for number in range(2):
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def shown(frame):
    """What a player shows in the middle of each patch, 0 to 1: ITU-T H.273 in floating point, without FFmpeg."""
    name, bits = frame.format.name, frame.format.components[0].bits
    planes = [samples(frame, index).astype(float) for index in range(len(frame.planes))]
    if name.startswith("gb"):
        red, green, blue = (planes[index] / ((1 << bits) - 1) for index in (2, 0, 1))
        return middles(np.stack([red, green, blue], -1))
    if name == "bgr0":
        return middles(np.stack([planes[0][:, place::4] / 255 for place in (2, 1, 0)], -1))
    full = frame.color_range == 2 or name.startswith("yuvj")
    unit = 1 << (bits - 8)
    black, white, swing = (0, (1 << bits) - 1, (1 << bits) - 1) if full else (16 * unit, 235 * unit, 224 * unit)
    luma = (planes[0] - black) / (white - black)
    if len(planes) == 2:  # both colours in one plane
        planes = [planes[0], planes[1][:, 0::2], planes[1][:, 1::2]]
    if len(planes) == 1:
        return middles(np.stack([luma] * 3, -1))
    blue, red = (
        ((plane - 128 * unit) / swing).repeat(HEIGHT // plane.shape[0], 0).repeat(WIDTH // plane.shape[1], 1)
        for plane in planes[1:3]
    )
    kr, kb = (0.2126, 0.0722) if frame.colorspace == 1 else (0.299, 0.114)
    red, blue = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return middles(np.stack([red, green, blue], -1))


def middles(picture):
    return picture[PATCH // 2 :: PATCH, PATCH // 2 :: PATCH].reshape(8, 3).clip(0, 1)


class Same(Brighter):
    """Passes frames unchanged, but reads pixels as the Sharpener does."""

    def frame(self, frame):
        return sharpen_video_frame(frame, lambda y: y)


@pytest.mark.parametrize("pixel_format", FILELESS)
@pytest.mark.parametrize("encoder", ["libx264", "libvpx-vp9"])
def test_colours_are_preserved_by_frame_preparation(pixel_format, encoder):
    frame = source(pixel_format)
    colour = frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range
    info = VideoInfo(WIDTH, HEIGHT, pixel_format, colour=colour)
    coded = encoded_info(info, WIDTH, HEIGHT, pixel_format_for(VIDEO_ENCODERS[encoder], pixel_format))
    ready = FramePreparer(info, (WIDTH, HEIGHT), coded, 1)(frame)
    assert (ready.format.name, ready.colorspace) == (coded.pixel_format, coded.colour[0])
    assert np.abs(shown(ready) - CORNERS).max() < 0.04


def test_xyz_of_digital_cinema_becomes_bt709():
    """libswscale's own way there and back loses what BT.709 cannot show."""
    info = VideoInfo(WIDTH, HEIGHT, "xyz12le", colour=(2, 10, 17, 0))
    coded = encoded_info(info, WIDTH, HEIGHT, "yuv444p10le")
    ready = FramePreparer(info, (WIDTH, HEIGHT), coded, 1)(source("xyz12le"))
    assert coded.colour == (1, 1, 1, 1)
    assert (ready.colorspace, ready.color_range) == (1, 1)
    assert np.abs(shown(ready) - CORNERS).max() < 0.25


def sharpened(path, target, tmp_path, encoder=None):
    result = tmp_path / target
    report = sharpen_video(path, result, None, Same(), FileConfig(codec=encoder))
    return frames_of(result)[1], report


@pytest.mark.parametrize("pixel_format", [*YUV, *RGB, *SMALL])
@pytest.mark.parametrize("target", ["a.mkv", "a.webm"])
def test_colours_are_preserved(pixel_format, target, tmp_path):
    frame, _ = sharpened(write_raw(tmp_path / "in.nut", source(pixel_format)), target, tmp_path)
    assert np.abs(shown(frame) - CORNERS).max() < 0.06  # of which most is the encoder's


ENCODED = [
    ("a.mp4", "libx264"), ("a.mp4", "libx265"), ("a.mp4", "libvpx-vp9"), ("a.webm", "libvpx"), ("a.mp4", "libsvtav1"),
    ("a.mov", "prores_ks"), ("a.mkv", "mpeg4"), ("a.mov", "mpeg4"), ("a.avi", "mpeg4"), ("a.m4v", "mpeg4"),
    ("a.avi", "ffv1"), ("a.nut", "ffv1"), ("a.mkv", "ffv1"), ("a.y4m", None), ("a.flv", "libx264"),
]  # fmt: skip


@pytest.mark.parametrize("pixel_format", ["rgb24", "gbrp10le", "yuv444p", "yuvj420p", "yuvj444p", "pal8"])
@pytest.mark.parametrize(("target", "encoder"), ENCODED)
def test_colours_are_preserved_in_every_codec_and_container(pixel_format, target, encoder, tmp_path):
    """VP8 and AVI cannot say which matrix and range is meant; there they must be those that players take."""
    path = write_raw(tmp_path / "in.nut", source(pixel_format))
    frame, _ = sharpened(path, target, tmp_path, encoder)
    tolerance = 0.12 if encoder in ("libsvtav1", "libvpx", "libx265") else 0.06  # of patches so small
    assert np.abs(shown(frame) - CORNERS).max() < tolerance


@pytest.mark.parametrize("pixel_format", ["rgb24", "pal8", "rgb555be", "yuvj420p", "yuv444p"])
def test_colours_are_preserved_in_live(pixel_format, tmp_path):
    path = write_raw(tmp_path / "in.nut", source(pixel_format))
    assert main(["live", str(path), str(tmp_path / "a.mkv"), "--strength", "0", "--quiet"]) == 0
    assert np.abs(shown(frames_of(tmp_path / "a.mkv")[-1]) - CORNERS).max() < 0.06


@pytest.mark.parametrize("pixel_format", ["yuva420p", "rgba", "yuva444p10le", "gbrap"])
@pytest.mark.parametrize(
    ("target", "encoder"),
    [
        ("a.webm", "libvpx-vp9"), ("a.mkv", "libvpx-vp9"), ("a.mp4", "libvpx-vp9"), ("a.avi", "libvpx-vp9"),
        ("a.flv", "libvpx-vp9"), ("a.nut", "libvpx"), ("a.webm", "libvpx"), ("a.mov", "prores_ks"), ("a.mkv", "ffv1"),
        ("a.mp4", "libx264"), ("a.y4m", None), ("a.webm", None), ("a.mov", None),
    ],
)  # fmt: skip
def test_alpha_is_kept_where_reported(pixel_format, target, encoder, tmp_path):
    path = write_raw(tmp_path / "in.nut", source(pixel_format))
    _, report = sharpened(path, target, tmp_path, encoder)
    if target == "a.y4m":
        with (tmp_path / target).open("rb", buffering=0) as file:
            kept = has_alpha(Y4mReader(file.fileno()).info.pixel_format)
    else:
        kept = has_alpha(VideoReader(tmp_path / target).info.pixel_format)
    assert kept == ("alpha" in report.kept)
    assert kept != any(note.startswith("alpha") for note in report.lost)


@pytest.mark.parametrize("pixel_format", MONO)
@pytest.mark.parametrize("target", ["a.mkv", "a.webm"])
def test_black_and_white_are_preserved(pixel_format, target, tmp_path):
    frame, _ = sharpened(write_raw(tmp_path / "in.nut", source(pixel_format)), target, tmp_path)
    assert np.abs(shown(frame) - GREYS).max() < 0.03
