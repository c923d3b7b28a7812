"""The size, the pixel format and the encoder of an output."""

from pathlib import Path

import pytest

from crispen.errors import CrispenError
from crispen.media.enlargement import Enlargement
from crispen.video.encoded_format import enlarged_size, plan_output
from crispen.video.video_encoder import default_encoder, find_encoder
from crispen.video.video_info import VideoInfo

TURNED = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)  # a display matrix that rotates by 90 degrees


def plan(info: VideoInfo, name: str):
    target = Path(name)
    return plan_output(info, target, (info.width, info.height), lambda each: default_encoder(target, each))


def test_even_420_video_is_unchanged_in_h264():
    made = plan(VideoInfo(64, 48, "yuv420p"), "a.mp4")
    assert (made.coded.width, made.coded.height, made.coded.pixel_format) == (64, 48, "yuv420p")
    assert (made.encoder.name, made.coded.codec) == ("libx264", "libx264")


def test_odd_sides_are_rounded_up_where_the_encoder_needs_even_ones():
    info = VideoInfo(63, 47, "yuv420p")
    made = plan_output(info, Path("a.mp4"), (63, 47), lambda each: find_encoder("h264"))
    assert made.size == (63, 47) and (made.coded.width, made.coded.height) == (64, 48)


def test_the_encoder_fits_the_frames_that_are_encoded():
    """Deep RGB of odd size becomes deep 4:2:0 for AV1, which has no odd sizes: VP9 encodes it."""
    made = plan(VideoInfo(63, 47, "gbrp10le"), "a.webm")
    assert made.encoder.name == made.coded.codec == "libvpx-vp9"


def test_height_counts_the_rows_of_the_upright_picture():
    assert enlarged_size(VideoInfo(64, 48, "yuv420p"), Enlargement(height=96)) == (128, 96)
    assert enlarged_size(VideoInfo(64, 48, "yuv420p", matrix=TURNED), Enlargement(height=128)) == (128, 96)


def test_halved_chroma_gets_even_sides():
    assert enlarged_size(VideoInfo(15, 9, "yuv420p"), Enlargement(scale=1.2)) == (18, 10)
    assert enlarged_size(VideoInfo(15, 9, "yuv444p"), Enlargement(scale=1.2)) == (18, 11)


def test_sides_beyond_16384_are_rejected():
    with pytest.raises(CrispenError, match="16384"):
        enlarged_size(VideoInfo(4096, 48, "yuv420p"), Enlargement(scale=8))
