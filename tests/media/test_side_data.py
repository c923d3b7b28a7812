import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import frames_of, write_clip
from PIL import Image, ImageCms

from crispen.media.side_data import display_matrix, has_side_data, read_side_data
from crispen.video.video_reader import VideoReader


def exif_jpeg(path, orientation=1):
    exif = Image.Exif()
    exif[0x112], exif[0x10F] = orientation, "Camera"
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(path, exif=exif)
    return path.read_bytes()


def profiled_png(path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(path, icc_profile=profile)
    return path.read_bytes()


def film(path, codec, picture, pixel_format, frames=3):
    """A video whose every frame is the still picture `picture`, bit for bit."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
        container.start_encoding()
        for number in range(frames):
            packet = av.Packet(picture)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            container.mux(packet)
    return path


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".mov"])
def test_motion_jpeg_with_exif_is_read_and_lost_tags_are_reported(suffix, tmp_path):
    source = film(tmp_path / f"a{suffix}", "mjpeg", exif_jpeg(tmp_path / "a.jpg"), "yuvj420p")
    reader = VideoReader(source)
    assert sum(isinstance(item, av.VideoFrame) for item in reader) == 3
    assert reader.info.matrix is None  # EXIF says "upright", which FFmpeg gives as a matrix
    assert "EXIF tags of its frames" in reader.notes.lost


def test_png_video_with_an_icc_profile_is_read_and_the_profile_reported(tmp_path):
    """A crash of the process would end this test, and all others."""
    source = film(tmp_path / "a.mov", "png", profiled_png(tmp_path / "a.png"), "rgb24")
    reader = VideoReader(source)
    assert sum(isinstance(item, av.VideoFrame) for item in reader) == 3
    assert "the colour profile (ICC) of its frames" in reader.notes.lost


@pytest.mark.parametrize(("rotation", "expected"), [(None, None), (0, None), (90, (0, -65536, 65536, 0))])
def test_the_display_matrix_is_the_files(rotation, expected, tmp_path):
    frame = frames_of(write_clip(tmp_path / "a.mp4", frames=1, rotation=rotation))[0]
    matrix = display_matrix(frame)
    assert (matrix and (matrix[0], matrix[1], matrix[3], matrix[4])) == expected


def test_only_existing_side_data_are_found(tmp_path):
    from av.sidedata.sidedata import Type

    frame = frames_of(write_clip(tmp_path / "a.mp4", frames=1, rotation=90))[0]
    data = read_side_data(frame, Type.DISPLAYMATRIX)
    assert data is not None
    assert struct.unpack("<9i", data)[8] == 1 << 30
    assert read_side_data(frame, Type.A53_CC) is None
    found = {kind for kind in Type if has_side_data(frame, kind.value)}
    assert found == {Type.DISPLAYMATRIX, Type.SEI_UNREGISTERED}  # x264 signs its first frame
