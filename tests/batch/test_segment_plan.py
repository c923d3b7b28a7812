"""Where videos are split, and the time stamps of concatenated packets, compared with those of encoders."""

import itertools

import av
import pytest
from clips import write_clip

from crispen.batch.batch_config import BatchConfig
from crispen.batch.concat import check_boundaries, decode_times
from crispen.batch.item_list import Item
from crispen.batch.router_choice import best_choice
from crispen.batch.segment import SegmentResult, SplitError
from crispen.batch.segment_plan import Segment, plan_video, split_at_key_frames
from crispen.files.file_config import FileConfig
from crispen.runtime.router import Choice, Router


def before(keys):
    """Finds the last key frame at or before a time, as demuxers do."""
    return lambda at: max((key for key in keys if key <= at), default=None)


def test_segments_begin_at_key_frames_and_cover_the_video():
    segments = split_at_key_frames(100, 1000, 300, before([100, 370, 500, 690, 990]))
    assert segments == (Segment(None, None, 370), Segment(400, 370, 690), Segment(700, 690, None))


def test_a_video_with_one_key_frame_is_not_split():
    assert split_at_key_frames(0, 1000, 100, before([0])) == (Segment(),)
    assert split_at_key_frames(0, 1000, 100, lambda at: None) == (Segment(),)


def test_a_wrong_length_causes_few_seeks():
    """A clock that wraps or jumps back makes the length wrong by hours."""
    times = []

    def key_frame(at):
        times.append(at)
        return before(range(0, 2000, 100))(at)

    assert len(split_at_key_frames(0, 10**9, 100, key_frame)) == 20
    assert len(times) < 50


def test_a_short_rest_belongs_to_the_last_segment():
    assert len(split_at_key_frames(0, 1040, 100, before(range(0, 2000, 10)))) == 10
    assert len(split_at_key_frames(0, 90, 100, before(range(0, 2000, 10)))) == 1


@pytest.mark.parametrize("order", ["bframes=0", "bframes=2:b-pyramid=none", "bframes=5"])
def test_decode_times_are_those_of_an_encoder(tmp_path, order):
    path = write_clip(tmp_path / "a.mp4", frames=40, options={"g": "15", "x264-params": f"b-adapt=0:{order}"})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert decode_times([packet.pts for packet in packets]) == [packet.dts for packet in packets]


def test_decode_times_of_uneven_frames_increase_and_are_never_late():
    times = [0, 90, 40, 50, 400, 100, 399, 1000]
    stamps = decode_times(times)
    assert all(a < b for a, b in itertools.pairwise(stamps))
    assert all(stamp <= time for stamp, time in zip(stamps, times, strict=True))


def result(times, first, following):
    return SegmentResult(times, 1, first, following, 0.0, [])


def test_segments_fit_only_if_the_next_frame_is_identical():
    check_boundaries([result([0, 2, 1], "a", "b"), result([3], "b", None)])
    for wrong in (
        [result([0, 2, 1], "a", "c"), result([3], "b", None)],
        [result([0, 2, 3], "a", "b"), result([3], "b", None)],
        [result([0], "a", None), result([3], "b", None)],
        [result([0], "a", "b"), result([], "b", None)],
    ):
        with pytest.raises(SplitError):
            check_boundaries(wrong)


def test_the_router_is_told_how_much_a_video_is_enlarged(tmp_path, monkeypatch):
    write_clip(tmp_path / "a.mp4", frames=8, size=(64, 48))
    told = []
    monkeypatch.setattr(
        Router, "gains", lambda router, y, info, video: told.append((y.shape, info.factor, video)) or {}
    )
    for height in (None, 96):
        config = BatchConfig(str(tmp_path), str(tmp_path / "out"), FileConfig(threads=1, height=height), 1.0)
        plan_video(config, Item("a.mp4", "a.mp4"))
    assert set(told) == {((48, 64), None, True), ((96, 128), 2.0, True)}


def test_the_choice_has_the_largest_total_gain():
    one, two = Choice("small", 1.0), Choice("noisy", 0.5)
    assert best_choice(iter([{one: 0.2, two: 0.1}, {one: 0.1, two: 0.5}, {}])) == two
    assert best_choice(iter([{}])) == Choice("any", 1.0)
