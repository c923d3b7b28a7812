"""Split and concatenated videos have the frames of one run, and all other streams unchanged."""

import json

import av
import pytest
from archives import SMALL, ImmediatePool, files_of, planes_of, run_job, same, sharpened, times_of
from clips import CALL_SIZES, captioned, frames_of, packets_of, write_call, write_clip

from crispen.batch.batch_config import Item

UNEVEN = [n * 512 + (n * n * 37) % 400 for n in range(40)]
OPEN = {"x264-params": "open-gop=1:keyint=8:min-keyint=8:bframes=3:b-adapt=0:scenecut=0"}
SOURCES = {
    "closed.mp4": {"options": {"g": "8"}},
    "open.mp4": {"options": OPEN},
    "open.ts": {"options": OPEN},
    "open.mkv": {"codec": "libx265", "options": {"x265-params": "keyint=8:min-keyint=8:open-gop=1:log-level=none"}},
    "uneven.mp4": {"options": {"g": "8"}, "pts": UNEVEN},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "8"}},
    "motion.avi": {"codec": "mpeg4", "options": {"g": "8"}},
    "deep.mkv": {"pixel_format": "yuv420p10le", "options": {"g": "8"}},
}


def record(folder):
    (line,) = (folder / "crispen-batch.jsonl").read_text().splitlines()
    return json.loads(line)


@pytest.mark.parametrize("name", SOURCES)
def test_frames_and_times_are_those_of_one_run(tmp_path, name):
    """Encoded without loss, to compare every sample; the oracle decodes from the beginning."""
    source = tmp_path / "in" / name
    source.parent.mkdir()
    write_clip(source, frames=40, size=SMALL, **SOURCES[name])
    state = run_job(tmp_path / "in", tmp_path / "out", [Item(name, "made.mkv")], codec="ffv1")
    made = record(tmp_path / "out")
    assert not state.failed and state.frames == 40 and made["state"] == "done"
    assert made["segments"] > 2
    assert same(planes_of(tmp_path / "out" / "made.mkv"), sharpened(source))
    wanted = times_of(source)
    relative = [time - wanted[0] for time in wanted]
    assert times_of(tmp_path / "out" / "made.mkv") == pytest.approx(relative, abs=0.0006)  # Matroska rounds to ms


@pytest.mark.parametrize(
    "name, codec",
    [("a.mp4", None), ("a.mkv", "h265"), ("a.webm", None), ("a.mkv", "av1"), ("a.ts", None), ("a.avi", "mpeg4")],
)
def test_segments_of_every_encoder_can_be_concatenated(tmp_path, name, codec):
    """The frames have the number and times of the source's, and are close to the expected ones."""
    (tmp_path / "in").mkdir()
    source = write_clip(tmp_path / "in" / "a.mp4", frames=40, size=SMALL, options={"g": "8"}, pts=None)
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.mp4", name)], codec=codec)
    assert not state.failed and record(tmp_path / "out")["segments"] > 2
    times, wanted = times_of(tmp_path / "out" / name), times_of(source)
    assert [t - times[0] for t in times] == pytest.approx([t - wanted[0] for t in wanted], abs=0.0006)
    for made, right in zip(planes_of(tmp_path / "out" / name), sharpened(source), strict=True):
        assert abs(made[0].astype(int) - right[0]).mean() < 3


def test_uneven_times_are_exact(tmp_path):
    (tmp_path / "in").mkdir()
    source = write_clip(tmp_path / "in" / "a.mp4", frames=40, size=SMALL, options={"g": "8"}, pts=UNEVEN)
    run_job(tmp_path / "in", tmp_path / "out", [Item("a.mp4", "a.mp4")])
    assert [frame.pts for frame in frames_of(tmp_path / "out" / "a.mp4")] == [frame.pts for frame in frames_of(source)]


def test_a_call_that_changes_its_size_has_one_size_in_every_segment(tmp_path):
    (tmp_path / "in").mkdir()
    write_call(tmp_path / "in" / "a.ts", "libx264", frames=20)
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.ts", "a.mkv")])
    assert not state.failed and record(tmp_path / "out")["segments"] > 2
    frames = frames_of(tmp_path / "out" / "a.mkv")
    assert [(frame.width, frame.height) for frame in frames] == [CALL_SIZES[1]] * 60
    assert any("fitted into 128x72" in note for note in record(tmp_path / "out")["lost"])


@pytest.mark.parametrize("begins", [(17401,), (95442,), (0, 0), (0, 5000), (5000, 0)])
def test_time_stamps_that_start_late_wrap_or_jump_are_corrected(tmp_path, begins):
    """Split at key frames if the clock continues, not split if it jumps."""
    (tmp_path / "in").mkdir()
    halves = [
        write_clip(
            tmp_path / f"{number}.ts", frames=40, size=SMALL, options={"g": "8"}, audio="aac", begins=begin
        )
        for number, begin in enumerate(begins)
    ]  # fmt: skip
    (tmp_path / "in" / "a.ts").write_bytes(b"".join(half.read_bytes() for half in halves))
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.ts", "a.mkv")])
    assert not state.failed
    assert record(tmp_path / "out")["segments"] > 2 or len(begins) > 1
    times = times_of(tmp_path / "out" / "a.mkv")
    assert len(times) == 40 * len(begins) and times[0] < 0.1 and times[-1] < 0.2 + 4 / 3 * len(begins)
    for made, right in zip(
        planes_of(tmp_path / "out" / "a.mkv"), [p for h in halves for p in sharpened(h)], strict=True
    ):
        assert abs(made[0].astype(int) - right[0]).mean() < 3


@pytest.mark.parametrize(("audio", "codecs"), [("opus", ["h264", "opus"]), ("none", ["h264"])])
def test_audio_is_encoded_or_left_out(tmp_path, audio, codecs):
    (tmp_path / "in").mkdir()
    write_clip(tmp_path / "in" / "a.mp4", frames=40, size=SMALL, options={"g": "8"}, audio="aac")
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.mp4", "a.mkv")], audio=audio)
    assert not state.failed and record(tmp_path / "out")["segments"] > 2
    with av.open(str(tmp_path / "out" / "a.mkv")) as container:
        assert [stream.codec_context.codec.canonical_name for stream in container.streams] == codecs


def test_audio_subtitles_and_chapters_are_copied_once(tmp_path):
    (tmp_path / "in").mkdir()
    source = write_clip(
        tmp_path / "in" / "a.mp4", frames=60, size=SMALL, options={"g": "8"}, audio="aac", subtitles="mov_text",
        chapters=True, rotation=90, metadata={"title": "One"},
    )  # fmt: skip
    run_job(tmp_path / "in", tmp_path / "out", [Item("a.mp4", "a.mp4")])
    made = tmp_path / "out" / "a.mp4"
    assert record(tmp_path / "out")["segments"] > 2
    assert packets_of(made, "audio") == packets_of(source, "audio")
    assert b"hello" in b"".join(packets_of(made, "subtitle"))
    import av

    with av.open(str(source)) as before, av.open(str(made)) as after:
        assert [c["metadata"] for c in after.chapters()] == [c["metadata"] for c in before.chapters()]
        assert after.metadata["title"] == "One"
        assert [(p.pts, p.dts) for p in after.demux(audio=0)] == [(p.pts, p.dts) for p in before.demux(audio=0)]
    assert times_of(made) == times_of(source)
    assert frames_of(made)[0].rotation == frames_of(source)[0].rotation


def test_a_video_without_real_key_frames_is_not_split(tmp_path):
    """With periodic intra refresh, decoding from what FFmpeg calls key frames gives other frames."""
    (tmp_path / "in").mkdir()
    refresh = {"x264-params": "intra-refresh=1:keyint=12:bframes=0:ref=1"}
    source = write_clip(tmp_path / "in" / "a.mp4", frames=60, size=(160, 120), options=refresh)
    pool = ImmediatePool()
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.mp4", "a.mkv")], pool, codec="ffv1")
    assert pool.ran.count("segment_task") > 2, "it was not split at first: the test shows nothing"
    assert not state.failed and state.frames == 60 and record(tmp_path / "out")["segments"] == 1
    assert same(planes_of(tmp_path / "out" / "a.mkv"), sharpened(source))
    assert list(files_of(tmp_path / "out")) == ["a.mkv"], "segments of the first try remain"


def test_a_truncated_file_gives_its_frames_and_a_note(tmp_path):
    (tmp_path / "in").mkdir()
    whole = write_clip(tmp_path / "in" / "whole.mkv", frames=90, size=SMALL, options={"g": "8"})
    cut = tmp_path / "in" / "a.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.mkv", "a.mkv")], codec="ffv1")
    assert not state.failed and "breaks off" in " ".join(record(tmp_path / "out")["lost"])
    assert same(planes_of(tmp_path / "out" / "a.mkv"), sharpened(cut)) and 30 < state.frames < 75


def test_the_router_decides_once_for_all_segments(tmp_path):
    """Many segments and one segment give the same frames."""
    (tmp_path / "in").mkdir()
    write_clip(tmp_path / "in" / "a.mp4", frames=40, size=(160, 128), codec="libx264", options={"g": "8", "crf": "35"})
    for folder, segment in (("one", 60.0), ("many", 0.3)):
        state = run_job(
            tmp_path / "in", tmp_path / folder, [Item("a.mp4", "a.mkv")], codec="ffv1", stream="auto", segment=segment
        )
        assert not state.failed
    assert [record(tmp_path / folder)["segments"] > 1 for folder in ("one", "many")] == [False, True]
    assert same(planes_of(tmp_path / "one" / "a.mkv"), planes_of(tmp_path / "many" / "a.mkv"))


def test_outputs_are_reproducible(tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "a.mkv", "a.ts"):
        write_clip(tmp_path / "in" / name, frames=40, size=(64, 64), options={"g": "8"}, audio="aac")
    items = [Item(name, name) for name in ("a.mp4", "a.mkv", "a.ts")]
    made = []
    for folder in ("first", "second", "third"):
        run_job(tmp_path / "in", tmp_path / folder, items)
        made.append(files_of(tmp_path / folder))
    assert made[0] == made[1] == made[2] and list(made[0]) == ["a.mkv", "a.mp4", "a.ts"]


def test_losses_of_a_segments_encoder_are_reported(tmp_path):
    (tmp_path / "in").mkdir()
    captioned(tmp_path / "in" / "a.h264", 3)
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.h264", "a.webm")])
    assert not state.failed and any("closed captions" in text for text in record(tmp_path / "out")["lost"])


FRAME = bytes(64 * 48 * 3 // 2)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"hello, this is text\n", "not a YUV4MPEG2 stream"),
        (b"YUV4MPEG2 Wx H48 F30:1\nFRAME\n" + FRAME, "damaged YUV4MPEG2 header: Wx H48 F30:1"),
        (b"YUV4MPEG2 W0 H48 F30:1\nFRAME\n" + FRAME, "YUV4MPEG2 size 0x48 is out of range"),
        (b"YUV4MPEG2 W64 H48 F30:1 C999\nFRAME\n" + FRAME, "YUV4MPEG2 sampling C999 is unknown"),
    ],
)
def test_damaged_y4m_headers_are_explained(tmp_path, data, reason):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.y4m").write_bytes(data)
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.y4m", "a.y4m.mkv")])
    assert reason in state.failed["a.y4m"] and "internal error" not in state.failed["a.y4m"]
    assert files_of(tmp_path / "out") == {}


def test_a_y4m_file_damaged_between_frames_gives_the_frames_before(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.y4m").write_bytes(b"YUV4MPEG2 W64 H48 F30:1\nFRAME\n" + FRAME + b"XXXXX\n" + FRAME)
    state = run_job(tmp_path / "in", tmp_path / "out", [Item("a.y4m", "a.y4m.mkv")])
    assert not state.failed and len(frames_of(tmp_path / "out" / "a.y4m.mkv")) == 1
    assert any("damaged place" in text for text in record(tmp_path / "out")["lost"])


def test_a_y4m_file_in_an_object_store(tmp_path):
    """Its header is checked on the stream that FFmpeg then reads from the beginning."""
    memory = pytest.importorskip("fsspec").filesystem("memory")
    header = b"YUV4MPEG2 W64 H48 F30:1\n"
    memory.pipe({"/y4m/good.y4m": header + 3 * (b"FRAME\n" + FRAME), "/y4m/bad.y4m": b"YUV4MPEG2 Wx H48 F30:1\n"})
    items = [Item(name, f"{name}.mkv") for name in ("good.y4m", "bad.y4m")]
    state = run_job("memory://y4m", tmp_path / "out", items)
    assert "damaged YUV4MPEG2 header" in state.failed["bad.y4m"] and state.done == 1
    assert len(frames_of(tmp_path / "out" / "good.y4m.mkv")) == 3
