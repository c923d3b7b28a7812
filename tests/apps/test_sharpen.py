"""`crispen sharpen` from end to end, with a stand-in for the network wherever its weights do not matter."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction

import av
import numpy as np
import pytest
from clips import Brighter, frames_of, packets_of, write_clip
from PIL import Image

from crispen.apps.cli import main
from crispen.media.plane_layout import samples

CRISPEN = [sys.executable, "-c", "import sys; from crispen.apps.cli import main; sys.exit(main())", "sharpen"]


@pytest.fixture
def fake(monkeypatch):
    """Every sharpening adds 10 to luma."""
    brighter = Brighter(10)
    monkeypatch.setattr("crispen.files.sharpen_files.open_sharpener", lambda config: brighter)
    return brighter


def sharpen(*args) -> int:
    return main(["sharpen", *map(str, args)])


def write_noise(path, frames: int):
    """A YUV4MPEG2 file of 320x240 noise, which no codec makes small."""
    frame = b"FRAME\n" + np.random.default_rng(0).integers(0, 256, 320 * 240 * 3 // 2, np.uint8).tobytes()
    path.write_bytes(b"YUV4MPEG2 W320 H240 F30:1\n" + frame * frames)
    return path


def luma_of(path) -> list[np.ndarray]:
    return [samples(frame, 0).astype(int) for frame in frames_of(path)]


def files(folder) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_video_is_sharpened_beside_the_source_and_keeps_its_other_streams(fake, tmp_path, capsys):
    source = write_clip(tmp_path / "call.mp4", audio="aac", subtitles="mov_text", chapters=True, rotation=90)
    assert sharpen(source) == 0
    target = tmp_path / "call.crisp.mp4"
    before, after = luma_of(source), luma_of(target)
    assert len(before) == len(after) == 10
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        assert abs((new - old).mean() - 10) < 0.5, number  # the pattern brightens from frame to frame: order is held
    assert packets_of(target, "audio") == packets_of(source, "audio")
    assert files(tmp_path) == {"call.mp4", "call.crisp.mp4"}
    output = capsys.readouterr()
    assert output.out == ""
    for word in ("10 frames", "64x48", "fps", "fake (exact)", "1 thread", "10.00 levels", "audio (aac)", "rotation"):
        assert word in output.err


def test_chroma_and_alpha_do_not_change(fake, tmp_path):
    source = write_clip(tmp_path / "a.mkv", codec="ffv1", pixel_format="yuva420p", frames=3)
    assert sharpen(source, tmp_path / "b.mkv", "--codec", "ffv1") == 0
    for old, new in zip(frames_of(source), frames_of(tmp_path / "b.mkv"), strict=True):
        assert np.array_equal(samples(new, 0), samples(old, 0) + 10)
        for index in (1, 2, 3):
            assert np.array_equal(samples(new, index), samples(old, index))


@pytest.mark.parametrize("pixel_format", ["yuv420p10le", "yuv422p", "yuv444p", "yuvj420p"])
def test_depth_and_sampling_are_kept(fake, pixel_format, tmp_path):
    source = write_clip(tmp_path / "a.mp4", pixel_format=pixel_format, frames=3)
    assert sharpen(source, tmp_path / "b.mp4", "--crf", "5") == 0
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert container.streams.video[0].pix_fmt == pixel_format
    unit = 4 if "10" in pixel_format else 1
    for old, new in zip(luma_of(source), luma_of(tmp_path / "b.mp4"), strict=True):
        assert abs((new - old).mean() - 10 * unit) < 0.6 * unit


def test_grey_video_keeps_its_luma_in_codecs_without_grey(fake, tmp_path):
    source = write_clip(tmp_path / "a.mkv", codec="ffv1", pixel_format="gray", frames=3)
    assert sharpen(source, tmp_path / "b.webm", "--crf", "4") == 0
    with av.open(str(tmp_path / "b.webm")) as container:
        assert container.streams.video[0].pix_fmt == "yuv420p"
    for old, new in zip(luma_of(source), luma_of(tmp_path / "b.webm"), strict=True):
        assert abs((new - old).mean() - 10) < 0.5


def test_compare_shows_before_left_and_after_right(fake, tmp_path):
    source = write_clip(tmp_path / "a.mp4", audio="aac")
    assert sharpen(source, "--compare", "--quiet") == 0
    before, both = luma_of(source), luma_of(tmp_path / "a.compare.mp4")
    for old, wide in zip(before, both, strict=True):
        assert wide.shape == (48, 128)
        assert np.abs(wide[:, :64] - old).mean() < 2
        assert abs((wide[:, 64:] - old).mean() - 10) < 1
    assert packets_of(tmp_path / "a.compare.mp4", "audio") == packets_of(source, "audio")


def test_the_comparison_gets_the_encoded_audio_too(fake, tmp_path):
    source = write_clip(tmp_path / "a.mkv", audio="pcm_s16le")
    assert sharpen(source, tmp_path / "b.webm", "--audio", "opus", "--compare", "--quiet") == 0
    sounds = [packets_of(tmp_path / name, "audio") for name in ("b.webm", "b.compare.webm")]
    assert sounds[0] == sounds[1] and len(sounds[0]) > 10


def test_json_is_one_object_and_quiet_is_silent(fake, tmp_path, capsys):
    source = write_clip(tmp_path / "a.mp4")
    assert sharpen(source, "--json", "--quiet", "--scale", "2") == 0
    output = capsys.readouterr()
    assert output.err == ""
    report = json.loads(output.out)
    assert report["frames"] == 10
    assert report["engine"] == "fake"
    assert report["input_size"] == [64, 48]
    assert report["output_size"] == [128, 96]
    assert report["luma_change"] == pytest.approx(10)
    assert report["fps"] > 0


def test_height_is_that_of_the_upright_picture(fake, tmp_path):
    source = write_clip(tmp_path / "a.mp4", rotation=90, frames=2)
    assert sharpen(source, "--height", "128", "--quiet") == 0
    frame = frames_of(tmp_path / "a.crisp.mp4")[0]
    assert (frame.width, frame.height, frame.rotation) == (128, 96, 90)


class TestStrengthZero:
    def test_a_video_is_the_same_file(self, tmp_path):
        source = write_clip(tmp_path / "a.mp4", audio="aac")
        assert sharpen(source, "--strength", "0", "--quiet") == 0
        assert (tmp_path / "a.crisp.mp4").read_bytes() == source.read_bytes()

    def test_a_picture_is_the_same_file(self, tmp_path):
        Image.effect_noise((20, 20), 50).save(tmp_path / "a.jpg")
        assert sharpen(tmp_path / "a.jpg", "--strength", "0", "--quiet") == 0
        assert (tmp_path / "a.crisp.jpg").read_bytes() == (tmp_path / "a.jpg").read_bytes()

    def test_only_the_audio_is_encoded_or_left_out(self, tmp_path, capsys):
        source = write_clip(tmp_path / "a.mp4", audio="aac")
        assert sharpen(source, tmp_path / "b.mp4", "--strength", "0", "--no-audio") == 0
        assert "left out as requested" in capsys.readouterr().err
        assert sharpen(source, tmp_path / "c.mp4", "--strength", "0", "--audio", "mp3", "--quiet") == 0
        assert packets_of(tmp_path / "b.mp4", "video") == packets_of(source, "video")
        assert packets_of(tmp_path / "c.mp4", "video") == packets_of(source, "video")
        for name, codecs in (("b.mp4", ["h264"]), ("c.mp4", ["h264", "mp3"])):
            with av.open(str(tmp_path / name)) as container:
                assert [s.codec_context.codec.canonical_name for s in container.streams] == codecs

    def test_another_container_holds_the_same_pictures(self, tmp_path):
        source = write_clip(tmp_path / "a.mp4")
        assert sharpen(source, tmp_path / "b.mkv", "--strength", "0", "--quiet") == 0
        assert all(np.array_equal(*pair) for pair in zip(luma_of(source), luma_of(tmp_path / "b.mkv"), strict=True))


class TestPipes:
    def test_what_yuv4mpeg2_cannot_hold_is_reported(self, fake, tmp_path, capsys):
        source = write_clip(tmp_path / "a.mp4", audio="aac", chapters=True, rotation=90, metadata={"title": "A call"})
        assert sharpen(source, tmp_path / "b.y4m") == 0
        said = capsys.readouterr().err
        assert "kept" not in said.replace("NOT kept", "")
        for words in ("audio (aac), which", "2 chapters, which", "rotation, which", "tags that YUV4MPEG2 cannot hold"):
            assert words in said

    def test_a_stream_passes_bit_for_bit_at_strength_0(self):
        data = (
            b"YUV4MPEG2 W6 H4 F25:1 Ip A1:1 C420mpeg2 XKEEP=ME\n"
            + b"FRAME\n"
            + bytes(range(36))
            + b"FRAME\n"
            + bytes(36)
        )
        done = subprocess.run([*CRISPEN, "-", "-", "--strength", "0"], input=data, capture_output=True, timeout=200)
        assert done.returncode == 0
        assert done.stdout == data
        assert b"2 frames" in done.stderr

    def test_y4m_files_stay_lossless(self, fake, tmp_path):
        generator = np.random.default_rng(0)
        frames = [generator.integers(0, 200, 36, np.uint8) for _ in range(5)]
        header = b"YUV4MPEG2 W6 H4 F25:1 C420jpeg\n"
        (tmp_path / "a.y4m").write_bytes(header + b"".join(b"FRAME\n" + f.tobytes() for f in frames))
        assert sharpen(tmp_path / "a.y4m", "--quiet") == 0
        expected = [np.concatenate([f[:24] + 10, f[24:]]).astype(np.uint8) for f in frames]
        wanted = header + b"".join(b"FRAME\n" + f.tobytes() for f in expected)
        assert (tmp_path / "a.crisp.y4m").read_bytes() == wanted

    def test_a_video_goes_to_stdout_as_ffmpeg_decodes_it(self, tmp_path):
        source = write_clip(tmp_path / "a.mp4", audio="aac", colour=(1, 1, 1, 1))
        done = subprocess.run([*CRISPEN, source, "-", "--strength", "0"], capture_output=True, timeout=200)
        assert done.returncode == 0
        assert b"audio (aac), which YUV4MPEG2 cannot hold" in done.stderr
        with av.open(io.BytesIO(done.stdout), format="yuv4mpegpipe") as container:
            decoded = [samples(frame, 0).astype(int) for frame in container.decode(video=0)]
        assert all(np.array_equal(*pair) for pair in zip(luma_of(source), decoded, strict=True))

    def test_a_closed_pipe_causes_no_traceback(self, tmp_path):
        source = write_noise(tmp_path / "a.y4m", 60)
        process = subprocess.Popen(
            [*CRISPEN, source, "-", "--strength", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout and process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(200) == 1
        process.stderr.close()

    def test_a_full_device_is_reported(self, tmp_path):
        source = write_clip(tmp_path / "a.mp4")
        with open("/dev/full", "wb") as full:
            command = [*CRISPEN, source, "-", "--strength", "0"]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=200)
        assert done.returncode == 1
        assert done.stderr.decode() == "crispen: no room left to write standard output; nothing was changed\n"

    @pytest.mark.parametrize("extra", ["--json", "--compare"])
    def test_options_that_exclude_stdout_are_usage_errors(self, extra, tmp_path, capsys):
        assert sharpen(write_clip(tmp_path / "a.mp4", frames=2), "-", extra) == 2
        assert extra in capsys.readouterr().err


class TestPictures:
    def test_only_luma_changes(self, fake, tmp_path):
        pixels = np.random.default_rng(0).integers(0, 200, (9, 7, 4), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a.png", dpi=(99, 99))
        assert sharpen(tmp_path / "a.png", "--compare", "--quiet") == 0
        image = Image.open(tmp_path / "a.crisp.png")
        assert np.array_equal(np.asarray(image)[..., :3], pixels[..., :3] + 10)
        assert np.array_equal(np.asarray(image)[..., 3], pixels[..., 3])
        assert image.info["dpi"] == pytest.approx((99, 99), abs=0.1)
        both = np.asarray(Image.open(tmp_path / "a.compare.png"))
        assert np.array_equal(both[:, :7], pixels)
        assert np.array_equal(both[:, 7:], np.asarray(image))

    def test_sixteen_bits_get_the_change_of_their_upper_eight(self, fake, tmp_path):
        pixels = np.random.default_rng(0).integers(0, 60000, (9, 7)).astype(np.uint16)
        Image.fromarray(pixels).save(tmp_path / "a.png")
        assert sharpen(tmp_path / "a.png", "--quiet") == 0
        assert np.array_equal(np.asarray(Image.open(tmp_path / "a.crisp.png")), pixels + 2570)

    def test_read_only_formats_are_written_as_others(self, fake, tmp_path):
        Image.new("L", (9, 7), 100).save(tmp_path / "a.gif")
        assert sharpen(tmp_path / "a.gif") == 0
        assert np.asarray(Image.open(tmp_path / "a.gif.crisp.png").convert("L")).mean() == 110

    def test_one_pixel_is_a_picture(self, fake, tmp_path):
        Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "a.png")
        assert sharpen(tmp_path / "a.png", "--scale", "3", "--quiet") == 0
        assert Image.open(tmp_path / "a.crisp.png").size == (3, 3)


class TestFolders:
    def test_a_folder_keeps_its_structure_and_continues_after_failures(self, fake, tmp_path, capsys):
        folder = tmp_path / "calls"
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "bad.mp4").write_bytes(b"no video at all" * 50)
        (folder / "notes.txt").write_text("not media")
        (folder / ".hidden.png").write_bytes(b"x")
        write_clip(folder / "deep" / "a.mp4", frames=3)
        write_clip(folder / "old.mpg", frames=3, codec="mpeg2video", time_base=Fraction(1, 30))
        Image.new("RGB", (8, 8)).save(folder / "deep" / "er" / "p.png")
        assert sharpen(folder, "--json") == 1
        target = tmp_path / "calls.crisp"
        assert files(target) == {"deep/a.mp4", "deep/er/p.png", "old.mpg.mkv"}
        output = capsys.readouterr()
        outcome = json.loads(output.out)
        assert [os.path.basename(item["source"]) for item in outcome["items"]] == ["old.mpg", "a.mp4", "p.png"]
        assert [os.path.basename(item["source"]) for item in outcome["failed"]] == ["bad.mp4"]
        assert "bad.mp4" in output.err
        assert "3 sharpened, 0 done before, 1 failed" in output.err

    def test_a_second_run_skips_existing_outputs(self, fake, tmp_path, capsys):
        folder = tmp_path / "calls"
        folder.mkdir()
        for name in ("a.png", "b.png"):
            Image.new("L", (8, 8), 50).save(folder / name)
        assert sharpen(folder, tmp_path / "out") == 0
        (tmp_path / "out" / "a.png").write_bytes(b"mine")
        (tmp_path / "out" / "b.png").unlink()
        assert sharpen(folder, tmp_path / "out") == 0
        assert (tmp_path / "out" / "a.png").read_bytes() == b"mine"
        assert "1 sharpened, 1 done before, 0 failed" in capsys.readouterr().err
        assert sharpen(folder, tmp_path / "out", "--overwrite") == 0
        assert (tmp_path / "out" / "a.png").read_bytes() != b"mine"

    def test_an_output_inside_the_input_is_not_sharpened_again(self, fake, tmp_path):
        Image.new("L", (8, 8), 50).save(tmp_path / "a.png")
        for _ in range(2):
            assert sharpen(tmp_path, tmp_path / "out", "--compare", "--quiet") == 0
        assert files(tmp_path) == {"a.png", "out/a.png", "out/a.compare.png"}

    def test_an_empty_folder_is_reported(self, tmp_path, capsys):
        assert sharpen(tmp_path, tmp_path / "out") == 1
        assert "holds no pictures or videos" in capsys.readouterr().err


class TestMistakes:
    """Each gives one line and the right status, and leaves the folder as it was."""

    @pytest.mark.parametrize(
        ("args", "status", "message"),
        [
            (["none.mp4"], 1, "none.mp4 does not exist"),
            (["nofolder/"], 1, "nofolder does not exist"),
            (["a.mp4", "a.mp4"], 2, "would replace the source a.mp4"),
            (["a.mp4", "b.mp4"], 1, "b.mp4 exists already; use --overwrite"),
            (["a.mp4", "no/out.mp4"], 1, "no is not a folder"),
            (["a.mp4", "a.mp4/out.mp4"], 1, "a.mp4 is not a folder"),
            (["a.mp4", "/proc/out.mp4"], 1, "cannot write in /proc"),
            (["a.mp4", "/dev/full", "--overwrite"], 1, "/dev/full is a device"),
            (["a.mp4", "out.xyz"], 1, "cannot write videos as .xyz"),
            (["p.png", "out.mp4"], 1, "cannot write pictures as .mp4"),
            (["p.png", "-"], 2, "is a picture"),
            (["text.mp4"], 1, "text.mp4 is not a picture or video"),
            (["empty.mp4"], 1, "empty.mp4 is empty"),
            (["sound.mp4"], 1, "no video in it"),
            (["a.mp4", "out.mp4", "--codec", "h266"], 2, "codec 'h266' is unknown"),
            (["a.mp4", "out.mp4", "--crf", "77"], 2, "--crf 77 is out of range"),
            (["a.mp4", "out.mp4", "--preset", "rapid"], 2, "libx264 has no preset 'rapid'; choose one of ultrafast, "),
            (["a.mp4", "out.webm", "--preset", "fast"], 2, "libvpx-vp9 has no preset 'fast'; libx264, libx265, "),
            (["a.mp4", "out.mp4", "--compare", "--strength", "0"], 2, "nothing to show"),
            (["a.mp4", "out.webm", "--codec", "h264"], 1, "webm cannot hold libx264"),
            (["a.mp4", "out.mp4", "--model", "none.onnx"], 1, "none.onnx"),
        ],
    )
    def test_user_errors_are_one_line_and_leave_no_file(self, args, status, message, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        write_clip(tmp_path / "a.mp4", frames=2)
        (tmp_path / "b.mp4").write_bytes(b"precious")
        (tmp_path / "text.mp4").write_bytes(b"some text" * 100)
        (tmp_path / "empty.mp4").touch()
        Image.new("L", (4, 4)).save(tmp_path / "p.png")
        with av.open(str(tmp_path / "sound.mp4"), "w") as container:
            stream = container.add_stream("aac", rate=48000)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.float32), "fltp", "mono")
            frame.sample_rate = 48000
            container.mux([*stream.encode(frame), *stream.encode(None)])
        if args[-1] != "none.onnx":
            monkeypatch.setattr("crispen.files.sharpen_files.open_sharpener", lambda config: Brighter())
        before = files(tmp_path)
        assert sharpen(*args) == status
        error = capsys.readouterr().err
        assert message in error
        assert error.startswith("crispen: ")
        assert error.count("\n") == 1
        assert files(tmp_path) == before
        assert (tmp_path / "b.mp4").read_bytes() == b"precious"

    @pytest.mark.parametrize("args", [["--strength", "3"], ["--strength", "x"], ["--scale", "0.5"], ["--height", "0"]])
    def test_numbers_out_of_range_are_usage_errors(self, args, tmp_path, capsys):
        with pytest.raises(SystemExit) as caught:
            sharpen("a.mp4", *args)
        assert caught.value.code == 2
        assert args[0] in capsys.readouterr().err


def test_a_truncated_video_is_sharpened_up_to_its_end_and_reported(fake, tmp_path, capsys):
    source = write_clip(tmp_path / "a.mkv", frames=200, options={"g": "20"}, audio="libopus")
    whole = source.read_bytes()
    source.write_bytes(whole[: len(whole) // 2])
    assert sharpen(source) == 0
    assert 30 < len(frames_of(tmp_path / "a.crisp.mkv")) < 190
    assert "breaks off" in capsys.readouterr().err


def test_a_full_disk_leaves_no_partial_file_and_keeps_the_old_one(tmp_path):
    """A limit on the size of files simulates a full disk: the kernel refuses the write in the same way."""
    source = write_noise(tmp_path / "a.y4m", 20)
    (tmp_path / "out.mp4").write_bytes(b"old")
    before = files(tmp_path)
    script = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)); "
    command = [sys.executable, "-c", script + "from crispen.apps.cli import main; sys.exit(main())", "sharpen"]
    options = ["--strength", "0", "--crf", "5", "--overwrite"]
    done = subprocess.run([*command, source, tmp_path / "out.mp4", *options], capture_output=True, timeout=200)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines()[-1].startswith("crispen: no room left to write")
    assert b"Traceback" not in done.stderr
    assert files(tmp_path) == before
    assert (tmp_path / "out.mp4").read_bytes() == b"old"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_partial_file(number, tmp_path):
    command = [*CRISPEN, write_noise(tmp_path / "a.y4m", 300), tmp_path / "b.mp4", "--strength", "0", "--scale", "3"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert process.stderr
    deadline = time.monotonic() + 200
    while not list(tmp_path.glob(".b.part-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    error = process.stderr.read().decode()
    assert process.wait(200) == 130
    assert "interrupted" in error
    assert "Traceback" not in error
    assert files(tmp_path) == {"a.y4m"}
    process.stderr.close()


def test_an_interrupt_while_stdin_is_silent_ends_at_once(tmp_path):
    process = subprocess.Popen(
        [*CRISPEN, "-", tmp_path / "a.mp4", "--strength", "0"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin and process.stderr
    process.stdin.write(b"YUV4MPEG2 W4 H4 F25:1\nFRAME\n" + bytes(24))
    process.stdin.flush()
    deadline = time.monotonic() + 200
    while not files(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(200) == 130
    assert files(tmp_path) == set()
    process.stdin.close()
    process.stderr.close()


class TestShippedModels:
    """The real network with any weights."""

    @pytest.mark.parametrize("model", ["fast", "balanced", "best"])
    def test_frames_of_a_video_are_those_of_the_sharpener(self, model, tmp_path):
        from crispen.runtime.sharpener import Sharpener

        source = write_clip(tmp_path / "a.mkv", codec="ffv1", frames=3, size=(62, 46))
        assert sharpen(source, tmp_path / "b.mkv", "--codec", "ffv1", "--model", model, "--quiet") == 0
        with Sharpener(model) as sharpener:
            expected = [sharpener.frame(frame) for frame in frames_of(source)]
        for want, got in zip(expected, frames_of(tmp_path / "b.mkv"), strict=True):
            assert all(np.array_equal(samples(want, i), samples(got, i)) for i in range(3))

    def test_a_copy_of_a_model_is_taken_by_its_path(self, tmp_path):
        from crispen.runtime.model_files import find_expert

        shutil.copy(find_expert("fast").path, tmp_path / "mine.onnx")
        shutil.copy(find_expert("fast").path.with_suffix(".json"), tmp_path / "mine.json")
        Image.effect_noise((40, 30), 50).save(tmp_path / "a.png")
        for name, model in [("one.png", "fast"), ("two.png", tmp_path / "mine.onnx")]:
            assert sharpen(tmp_path / "a.png", tmp_path / name, "--model", model, "--stream", "any", "--quiet") == 0
        assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
