"""Contents of the output match what is reported as kept and lost, for each container. Read back with PyAV."""

from fractions import Fraction

import av
import pytest
from av.stream import Disposition
from clips import copy, frames_of, packets_of, write_clip

from crispen.media.conversion_notes import ConversionNotes
from crispen.video.remux import remux
from crispen.video.video_encoder import VIDEO_SUFFIXES, default_encoder
from crispen.video.video_reader import VideoReader
from crispen.video.video_writer import VideoWriter

TAGS = {"title": "A call", "artist": "Somebody", "location": "+48.1000+011.5000/", "mood": "good"}
CHAPTERS = "2 chapters"


@pytest.fixture(scope="module", params=["a.mp4", "a.mkv", "a.mov"])
def source(request, tmp_path_factory):
    """A turned video with all that its container can hold."""
    subtitles = "subrip" if request.param == "a.mkv" else "mov_text"
    return write_clip(
        tmp_path_factory.mktemp("kept") / request.param, frames=20, audio="aac", subtitles=subtitles, chapters=True,
        rotation=90, metadata=TAGS, cover=request.param != "a.mov", aspect=Fraction(4, 3),
        attachment=b"hello" if request.param == "a.mkv" else None,
    )  # fmt: skip


def is_cover(stream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def found(path) -> dict[str, bool]:
    """Whether a file holds each of the things that the summary may speak of."""
    with av.open(str(path)) as container:
        kinds = [(s.type, is_cover(s)) for s in container.streams]
        values = {value.strip(" /") for each in (container, *container.streams) for value in each.metadata.values()}
        held = {
            "audio (": ("audio", False) in kinds,
            "cover picture (": ("video", True) in kinds,
            "subtitle (": ("subtitle", False) in kinds,
            "attachment (": ("attachment", False) in kinds,
            CHAPTERS: len(container.chapters()) == 2,
            **{name: value.strip(" /") in values for name, value in TAGS.items()},
        }
    return held | {"rotation": frames_of(path)[0].rotation % 360 == 90}


def said(notes: list[str], thing: str) -> bool:
    """Whether one of the notes is about a thing; tags are listed by name."""
    words = [text for text in notes if text.startswith(thing)]
    listed = [text.split(": ")[1].split(", ") for text in notes if text.startswith("tags")]
    return bool(words) or any(thing in names for names in listed)


def check(source, target, notes: ConversionNotes) -> None:
    before, after = found(source), found(target)
    for thing, was_there in before.items():
        if was_there:
            assert said(notes.lost, thing) == (not after[thing]), (thing, notes)
            if thing not in TAGS:
                assert said(notes.kept, thing) == after[thing], (thing, notes)
        else:
            assert not said(notes.kept, thing) and not said(notes.lost, thing), (thing, notes)


@pytest.mark.parametrize("suffix", VIDEO_SUFFIXES)
def test_contents_of_the_output_match_the_notes(source, suffix, tmp_path):
    target = tmp_path / f"b{suffix}"
    notes = copy(source, target, audio="opus" if suffix == ".webm" else None)
    if suffix == ".webm":
        notes.lost.remove("audio (aac), re-encoded as opus")
        notes.kept.append("audio (opus)")
    check(source, target, notes)
    with av.open(str(target)) as container:  # and nothing is there that nobody can read
        known = [s for s in container.streams if s.type != "data" or s.name == "bin_data"]  # QuickTime's chapters
        assert len(known) == len(container.streams)
        assert sum(s.type == "video" and not is_cover(s) for s in container.streams) == 1


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov"])
def test_remuxed_contents_match_the_notes(source, suffix, tmp_path):
    notes = ConversionNotes()
    remux(source, tmp_path / f"b{suffix}", notes)
    check(source, tmp_path / f"b{suffix}", notes)


@pytest.mark.parametrize(("first", "second"), [("a.mp4", "b.mkv"), ("a.mkv", "b.mp4"), ("a.mkv", "b.mkv")])
def test_cover_pictures_are_copied_byte_for_byte(first, second, tmp_path):
    source = write_clip(tmp_path / first, frames=3, cover=True)
    copy(source, tmp_path / second)
    covers = []
    for path in (source, tmp_path / second):
        with av.open(str(path)) as container:
            stream = next(s for s in container.streams if is_cover(s))
            covers.append(next(bytes(packet) for packet in container.demux(stream) if packet.size))
    assert covers[0] == covers[1]


def test_data_streams_of_unknown_codecs_are_reported_and_not_written(tmp_path):
    """Tracks of cameras and telephones (rtmd, mebx), made of a caption track."""
    clip = write_clip(tmp_path / "a.mov", frames=10, audio="aac", subtitles="mov_text")
    for kind in (b"rtmd", b"mebx"):
        source = tmp_path / f"{kind.decode()}.mov"
        source.write_bytes(clip.read_bytes().replace(b"text\0\0\0\0", kind + b"\0\0\0\0").replace(b"tx3g", kind)
                           .replace(b"sbtl", b"meta"))  # fmt: skip
        with av.open(str(source)) as container:
            assert [s.type for s in container.streams] == ["video", "audio", "data"]
        for suffix in (".mov", ".mp4", ".mkv", ".ts"):
            notes = copy(source, tmp_path / f"b{suffix}")
            assert any(text.startswith("data (") for text in notes.lost), notes
            with av.open(str(tmp_path / f"b{suffix}")) as container:
                assert [s.type for s in container.streams] == ["video", "audio"]


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4", ".avi"])
def test_dvb_subtitles_are_copied_or_reported(suffix, tmp_path):
    """DVB subtitles are pictures; here each is an empty page."""
    clip = write_clip(tmp_path / "clip.ts", frames=60, audio="mp2")
    source = tmp_path / "a.ts"
    with av.open(str(clip)) as whole, av.open(str(source), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in whole.streams]
        pages = container.add_mux_stream("dvb_subtitle")
        pages.metadata["language"] = "deu"
        for packet in whole.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                container.mux(packet)
        for number in range(4):
            page = b"\x0f\x10\0\1\0\2\x05" + bytes([number << 4 | 8]) + b"\x0f\x80\0\1\0\0"
            packet = av.Packet(page)
            packet.pts = packet.dts = 30_000 + 45_000 * number
            packet.time_base, packet.stream = Fraction(1, 90_000), pages
            container.mux(packet)
    notes = copy(source, tmp_path / f"b{suffix}")
    assert "audio (mp2)" in notes.kept
    if suffix in (".ts", ".mkv"):
        assert "subtitle (dvb_subtitle)" in notes.kept
        assert packets_of(tmp_path / f"b{suffix}", "subtitle") == packets_of(source, "subtitle")
    else:
        assert f"subtitle (dvb_subtitle), which {suffix[1:]} cannot hold" in notes.lost


def test_chapters_are_shifted_with_the_start_time(tmp_path):
    source = write_clip(tmp_path / "a.mkv", frames=20, chapters=True, begins=100)
    copy(source, tmp_path / "b.mkv")
    starts = []
    for path in (source, tmp_path / "b.mkv"):
        with av.open(str(path)) as container:
            starts.append([float(c["start"] * c["time_base"]) for c in container.chapters()])
    assert starts == [pytest.approx([100, 100.15]), pytest.approx([0, 0.15])]


def test_an_unreadable_output_is_an_error(tmp_path):
    """Here something cuts it off behind the writer's back."""
    reader = VideoReader(write_clip(tmp_path / "a.mp4", frames=3))
    target = tmp_path / "b.mp4"
    writer = VideoWriter(target, reader.info, default_encoder(target, reader.info), None, 1, reader.notes, reader)
    for item in reader:
        writer.write(item)
    end = writer._container.close

    class Cut:
        format = writer._container.format

        def mux(self, packets):
            pass

        def close(self):
            end()
            target.write_bytes(b"nothing")

    writer._container = Cut()
    with pytest.raises(Exception, match=r"b\.mp4"):
        writer.close()
    assert packets_of(tmp_path / "a.mp4", "video")
