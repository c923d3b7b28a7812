"""HDR10 metadata and closed captions, which are part of the video stream."""

import pytest
from av.sidedata.sidedata import Type
from clips import CAPTION, Brighter, captioned, frames_of, picture, write_clip

from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.media.side_data import read_side_data
from crispen.video.hdr10 import hdr10_options, read_hdr10
from crispen.video.video_info import Hdr10Metadata

# BT.2020 primaries in the words of the standard's own example, and a display of 1000 cd/m2.
WORDS = "G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1)"
MASTERING = (0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329, 0.0001, 1000)


def sharpened(source, target, encoder=None):
    options = FileConfig(codec=encoder)
    return sharpen_video(source, target, None, Brighter(1), options)


@pytest.fixture
def graded(tmp_path):
    options = {"x265-params": f"master-display={WORDS}:max-cll=1000,400:log-level=error"}
    return write_clip(tmp_path / "a.mkv", 3, (64, 64), "libx265", "yuv420p10le", options=options)


def test_hdr10_metadata_is_read_as_written(graded):
    hdr = read_hdr10(frames_of(graded)[0])
    assert hdr is not None
    assert hdr.mastering == pytest.approx(MASTERING, abs=1e-6)
    assert hdr.light == (1000, 400)
    assert read_hdr10(picture(0, 16, 16)) is None


@pytest.mark.parametrize("encoder", ["libx264", "libx265", "libsvtav1"])
def test_hdr10_is_kept(encoder, graded, tmp_path):
    report = sharpened(graded, tmp_path / "b.mkv", encoder)
    hdr = read_hdr10(frames_of(tmp_path / "b.mkv")[0])
    assert hdr is not None
    assert hdr.mastering == pytest.approx(MASTERING, abs=3e-5)
    assert hdr.light == (1000, 400)
    assert "HDR10 metadata" in report.kept


def test_lost_hdr10_is_reported(graded, tmp_path):
    for target, encoder in (("b.webm", "libvpx-vp9"), ("b.mov", "prores_ks"), ("b.y4m", None)):
        report = sharpened(graded, tmp_path / target, encoder)
        assert any(note.startswith("HDR10 metadata") for note in report.lost)
        assert "HDR10 metadata" not in report.kept


def test_hdr10_options_need_only_one_of_the_two_entries():
    assert hdr10_options("libx264", Hdr10Metadata(light=(1, 2))) == {"x264-params": "cll=1,2"}
    assert "content" not in hdr10_options("libsvtav1", Hdr10Metadata(mastering=MASTERING))["svtav1-params"]
    assert hdr10_options("libx264", None) == hdr10_options("ffv1", Hdr10Metadata(light=(1, 2))) == {}


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
def test_captions_are_kept_at_any_start(encoder, first, tmp_path):
    source = captioned(tmp_path / "a.h264", first)
    wanted = [None] * first + [CAPTION] * (6 - first)
    assert [read_side_data(frame, Type.A53_CC) for frame in frames_of(source)] == wanted
    report = sharpened(source, tmp_path / "b.mkv", encoder)
    assert [read_side_data(frame, Type.A53_CC) for frame in frames_of(tmp_path / "b.mkv")] == wanted
    assert report.lost == ()
    assert any("closed captions" in note for note in sharpened(source, tmp_path / "b.webm").lost)
