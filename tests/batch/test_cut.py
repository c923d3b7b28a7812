"""Where videos are cut and what times the joined packets get, against what encoders themselves do."""

import itertools

import av
import pytest
from clips import write_clip

from crispen.batch.concat import check_seams, decode_times
from crispen.batch.segment import Part, SeamError
from crispen.batch.segment_plan import Span, best_choice, cut
from crispen.runtime.router import Choice


def before(keys):
    """Seeks as demuxers do: to the last key frame at or before the time."""
    return lambda at: max((key for key in keys if key <= at), default=None)


def test_spans_begin_at_key_frames_and_leave_nothing_out():
    spans = cut(100, 1000, 300, before([100, 370, 500, 690, 990]))
    assert spans == (Span(None, None, 370), Span(400, 370, 690), Span(700, 690, None))


def test_a_video_with_one_key_frame_stays_whole():
    assert cut(0, 1000, 100, before([0])) == (Span(),)
    assert cut(0, 1000, 100, lambda at: None) == (Span(),)


def test_a_length_that_is_wrong_by_hours_costs_no_seeks():
    """A clock that wraps or jumps back makes it so."""
    times = []

    def key_frame(at):
        times.append(at)
        return before(range(0, 2000, 100))(at)

    assert len(cut(0, 10**9, 100, key_frame)) == 20
    assert len(times) < 50


def test_a_short_rest_is_no_segment_of_its_own():
    assert len(cut(0, 1040, 100, before(range(0, 2000, 10)))) == 10
    assert len(cut(0, 90, 100, before(range(0, 2000, 10)))) == 1


@pytest.mark.parametrize("order", ["bframes=0", "bframes=2:b-pyramid=none", "bframes=5"])
def test_decode_times_are_those_of_an_encoder(tmp_path, order):
    path = write_clip(tmp_path / "a.mp4", frames=40, options={"g": "15", "x264-params": f"b-adapt=0:{order}"})
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    assert decode_times([packet.pts for packet in packets]) == [packet.dts for packet in packets]


def test_decode_times_of_uneven_frames_grow_and_never_come_late():
    times = [0, 90, 40, 50, 400, 100, 399, 1000]
    stamps = decode_times(times)
    assert all(a < b for a, b in itertools.pairwise(stamps))
    assert all(stamp <= time for stamp, time in zip(stamps, times, strict=True))


def part(times, first, following):
    return Part(times, 1, first, following, 0.0, [])


def test_seams_fit_only_where_the_next_frame_is_the_very_same():
    check_seams([part([0, 2, 1], "a", "b"), part([3], "b", None)])
    for wrong in (
        [part([0, 2, 1], "a", "c"), part([3], "b", None)],
        [part([0, 2, 3], "a", "b"), part([3], "b", None)],
        [part([0], "a", None), part([3], "b", None)],
        [part([0], "a", "b"), part([], "b", None)],
    ):
        with pytest.raises(SeamError):
            check_seams(wrong)


def test_the_choice_is_what_gains_most_over_all_looks():
    one, two = Choice("small", 1.0), Choice("noisy", 0.5)
    assert best_choice(iter([{one: 0.2, two: 0.1}, {one: 0.1, two: 0.5}, {}])) == two
    assert best_choice(iter([{}])) == Choice("any", 1.0)
