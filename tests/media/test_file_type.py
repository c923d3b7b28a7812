from fractions import Fraction

import pytest
from clips import write_clip
from PIL import Image

from crispen.errors import CrispenError
from crispen.media.file_type import detect_file_type


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp", ".gif", ".avif"])
def test_pictures_are_detected_independent_of_the_name(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    Image.new("RGB", (8, 8)).save(path)
    path = path.rename(tmp_path / "a.mp4")
    assert detect_file_type(path) == "image"


def test_videos_and_y4m_are_detected_independent_of_the_name(tmp_path):
    video = write_clip(tmp_path / "a.mp4", frames=2).rename(tmp_path / "a.png")
    assert detect_file_type(video) == "video"
    stream = write_clip(tmp_path / "b.y4m", frames=2, codec="wrapped_avframe").rename(tmp_path / "b.jpg")
    assert detect_file_type(stream) == "y4m"


def test_an_mpeg_program_stream_is_detected_as_video(tmp_path):
    assert (
        detect_file_type(write_clip(tmp_path / "a.mpg", frames=2, codec="mpeg2video", time_base=Fraction(1, 30)))
        == "video"
    )


def test_motion_jpeg_is_detected_as_video(tmp_path):
    path = tmp_path / "a.mjpeg"
    write_clip(path, frames=2, codec="mjpeg", pixel_format="yuvj420p", time_base=Fraction(1, 30))
    assert detect_file_type(path) == "video"
    assert detect_file_type(path.rename(tmp_path / "a.jpg")) == "image"


def test_unreadable_files_are_errors(tmp_path):
    (tmp_path / "empty").touch()
    for name, message in [
        ("none", "does not exist"),
        ("empty", "is empty"),
        (".", "cannot read"),
    ]:
        with pytest.raises(CrispenError, match=message):
            detect_file_type(tmp_path / name)
