"""Encoders do not change the scheduling policy of this process."""

import os
import sys
from fractions import Fraction

import pytest
from clips import picture

from crispen.degrade.codecs import CODECS, Codec, encode
from crispen.frame import Frame
from crispen.media.conversion_notes import ConversionNotes
from crispen.media.plane_layout import samples
from crispen.media.scheduling import preserve_scheduling
from crispen.video.video_encoder import VIDEO_ENCODERS, pixel_format_for
from crispen.video.video_info import VideoInfo
from crispen.video.video_writer import VideoWriter

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the calls that tell are Linux's")


def test_changed_scheduling_is_restored():
    before = os.sched_getscheduler(0)
    with pytest.raises(ZeroDivisionError), preserve_scheduling():
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        raise ZeroDivisionError
    assert os.sched_getscheduler(0) == before != os.SCHED_BATCH


def test_nothing_is_done_on_systems_without_scheduling_calls(monkeypatch):
    monkeypatch.delattr(os, "sched_setscheduler")
    with preserve_scheduling():
        pass


@pytest.mark.parametrize("encoder", VIDEO_ENCODERS.values(), ids=lambda encoder: encoder.name)
def test_writing_a_video_keeps_the_scheduling(encoder, tmp_path):
    info = VideoInfo(64, 64, pixel_format_for(encoder, "yuv420p"), rate=Fraction(30), time_base=Fraction(1, 30))
    before = os.sched_getscheduler(0)
    writer = VideoWriter(tmp_path / "out.mkv", info, encoder, None, 2, ConversionNotes())
    frame = picture(0, 64, 64, info.pixel_format)
    frame.pts, frame.time_base = 0, info.time_base
    writer.write(frame)
    assert os.sched_getscheduler(0) == before
    writer.close()
    assert os.sched_getscheduler(0) == before


@pytest.mark.parametrize("name", CODECS)
def test_degrading_a_picture_keeps_the_scheduling(name):
    y, u, v = (samples(picture(0, 64, 64), plane).copy() for plane in range(3))
    before = os.sched_getscheduler(0)
    encode([Frame(y, u, v)], Codec(name))
    assert os.sched_getscheduler(0) == before
