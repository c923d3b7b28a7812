import pytest

from crispen.callbench.core_suite import find_pictures_and_videos
from crispen.callbench.suite_run import unavailable_metrics
from crispen.errors import CrispenError
from crispen.metrics import text_accuracy, vmaf


@pytest.fixture
def two(tmp_path):
    for name in ("a/1.png", "a/2.webp", "a/walk.mkv", "b/3.jpg", "b/notes.txt"):
        (tmp_path / "first" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "first" / name).touch()
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "4.png").touch()
    return [tmp_path / "first", tmp_path / "second"]


def test_pictures_and_videos_are_named_by_their_path_in_the_folder(two):
    pictures, videos = find_pictures_and_videos(two)
    assert list(pictures) == ["a/1.png", "a/2.webp", "b/3.jpg", "4.png"]
    assert list(videos) == ["a/walk.mkv"] and videos["a/walk.mkv"] == two[0] / "a" / "walk.mkv"


def test_a_limit_spreads_pictures_evenly(two):
    assert list(find_pictures_and_videos(two, 2)[0]) == ["a/1.png", "b/3.jpg"]
    assert list(find_pictures_and_videos(two, 99)[0]) == list(find_pictures_and_videos(two)[0])


def test_two_pictures_of_one_name_are_refused(two):
    (two[1] / "a").mkdir()
    (two[1] / "a" / "2.webp").touch()
    with pytest.raises(CrispenError, match=r"a/2\.webp is in two of the folders"):
        find_pictures_and_videos(two)


def test_a_metric_whose_program_is_missing_is_named_with_its_remedy(monkeypatch):
    monkeypatch.setattr(text_accuracy, "_COMMAND", ["no-such-tesseract"])
    assert "tesseract" in unavailable_metrics()["words"]
    monkeypatch.setattr(vmaf, "_packaged_binary", lambda: "/no/such/ffmpeg")
    assert unavailable_metrics().keys() == {"vmaf", "vmaf_neg", "words"}
