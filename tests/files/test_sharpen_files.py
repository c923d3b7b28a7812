"""`crispen.sharpen_file` and `crispen.sharpen_folder`, with real videos and pictures."""

import subprocess
import sys

import numpy as np
import pytest
from clips import Brighter, frames_of, write_clip
from PIL import Image

import crispen
from crispen.errors import CrispenError, UsageError
from crispen.files.result import Result
from crispen.image.png import IHDR_END, chunk
from crispen.media.plane_layout import samples


class Unchanged(Brighter):
    """A stand-in for a Sharpener whose router sees nothing to sharpen."""

    choice = Brighter.choice._replace(strength=0.0)

    def __init__(self):
        super().__init__(0)


@pytest.fixture
def stand_in(monkeypatch):
    """stand_in(SHARPENER): used in the place of the network."""

    def use(sharpener):
        monkeypatch.setattr("crispen.files.sharpen_files.open_sharpener", lambda config: sharpener)

    return use


def write_picture(path, size=(40, 30)):
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


class TestFile:
    def test_a_video_has_the_frames_of_the_sharpener(self, tmp_path):
        source = write_clip(tmp_path / "a.mkv", codec="ffv1", frames=3, size=(62, 46), audio="aac")
        result = crispen.sharpen_file(source, tmp_path / "b.mkv", model="fast", codec="ffv1")
        with crispen.Sharpener("fast") as sharpener:
            expected = [sharpener.frame(frame) for frame in frames_of(source)]
            engine, precision = sharpener.engine, sharpener.precision
        for want, got in zip(expected, frames_of(tmp_path / "b.mkv"), strict=True):
            assert all(np.array_equal(samples(want, i), samples(got, i)) for i in range(3))
        assert isinstance(result, Result) and not result.copied
        assert (result.source, result.target, result.kind) == (str(source), str(tmp_path / "b.mkv"), "video")
        assert (result.model, result.engine, result.precision, result.codec) == ("fast", engine, precision, "ffv1")
        assert (result.frames, result.input_size, result.output_size) == (3, (62, 46), (62, 46))
        assert sum(result.experts.values()) == 3 and result.seconds > 0 and result.fps > 0
        assert result.kept == ("audio (aac)",) and result.as_dict()["frames"] == 3

    def test_the_router_is_told_how_much_a_file_is_enlarged(self, tmp_path, stand_in):
        brighter, told = Brighter(), []
        stand_in(brighter)
        video = write_clip(tmp_path / "a.mkv", codec="ffv1", frames=1, size=(64, 48))
        picture = write_picture(tmp_path / "a.png", (40, 30))
        for number, (source, height) in enumerate([(video, 96), (picture, 45), (video, None), (picture, 20)]):
            crispen.sharpen_file(source, tmp_path / f"{number}{source.suffix}", height=height)
            told.append(brighter.stream_info.factor)
        assert told == [2.0, 1.5, None, None]

    def test_a_picture_has_the_pixels_of_the_sharpener(self, tmp_path):
        source = write_picture(tmp_path / "a.png")
        result = crispen.sharpen_file(str(source), model="fast", stream="small")
        with crispen.Sharpener("fast", stream="small") as sharpener:
            expected = sharpener.image(np.asarray(Image.open(source)))
        assert result.target == str(tmp_path / "a.crisp.png") and result.kind == "image" and result.frames == 1
        assert np.array_equal(np.asarray(Image.open(result.target)), expected)

    def test_keyword_settings_replace_those_of_the_config(self, stand_in, tmp_path):
        stand_in(Brighter(10))
        config = crispen.FileConfig(scale=2, strength=0.5)
        source = write_picture(tmp_path / "a.png")
        assert crispen.sharpen_file(source, config=config).output_size == (80, 60)
        result = crispen.sharpen_file(source, config=config, scale=None, height=90, overwrite=True)
        assert result.output_size == (120, 90)

    def test_progress_is_called_for_every_frame(self, stand_in, tmp_path):
        stand_in(Brighter(10))
        told = []
        source = write_clip(tmp_path / "a.mp4", frames=3)
        crispen.sharpen_file(source, progress=lambda *state: told.append(state))
        assert told == [("a.mp4", done, 3) for done in range(4)]

    def test_the_reported_strength_is_the_routers_times_the_requested_one(self, stand_in, tmp_path):
        stand_in(Brighter(10))
        for source in (write_picture(tmp_path / "a.png"), write_clip(tmp_path / "a.mp4", frames=2)):
            result = crispen.sharpen_file(source, strength=0.5)
            assert result.strength == 0.5 and "strength 0.50" in result.as_text()

    def test_the_engine_is_closed(self, stand_in, tmp_path):
        closed = []
        sharpener = Brighter(10)
        sharpener.close = lambda: closed.append(True)
        stand_in(sharpener)
        crispen.sharpen_file(write_picture(tmp_path / "a.png"))
        assert closed == [True]


class TestPicturesThatAreSharp:
    def test_a_sharp_picture_is_copied_and_the_report_says_so(self, stand_in, tmp_path):
        stand_in(Unchanged())
        source = write_picture(tmp_path / "a.jpg")
        result = crispen.sharpen_file(source)
        assert (tmp_path / "a.crisp.jpg").read_bytes() == source.read_bytes()
        assert result.copied and result.strength == 0 and result.luma_change == 0
        assert "nothing to sharpen, so the file was copied bit for bit" in result.as_text()

    @pytest.mark.parametrize(("name", "settings"), [("b.png", {}), ("b.jpg", {"scale": 2})])
    def test_another_format_or_size_is_encoded(self, name, settings, stand_in, tmp_path):
        stand_in(Unchanged())
        result = crispen.sharpen_file(write_picture(tmp_path / "a.jpg"), tmp_path / name, **settings)
        assert not result.copied and "copied" not in result.as_text()
        assert Image.open(result.target).size == result.output_size

    def test_a_file_with_a_wrong_suffix_is_not_copied(self, stand_in, tmp_path):
        stand_in(Unchanged())
        write_picture(tmp_path / "a.png").rename(tmp_path / "a.jpg")
        result = crispen.sharpen_file(tmp_path / "a.jpg")
        assert not result.copied and Image.open(result.target).format == "JPEG"

    def test_a_png_with_a_damaged_chunk_is_not_copied(self, stand_in, tmp_path):
        """Pillow rejects such a file; the output must be readable."""
        stand_in(Unchanged())
        data = write_picture(tmp_path / "a.png").read_bytes()
        broken = chunk(b"iCCP", b"profile\0\0damaged")[:-4] + bytes(4)
        (tmp_path / "a.png").write_bytes(data[:IHDR_END] + broken + data[IHDR_END:])
        result = crispen.sharpen_file(tmp_path / "a.png")
        assert not result.copied and Image.open(result.target).size == result.output_size


class TestErrors:
    def test_unknown_settings_raise_type_error(self, tmp_path):
        with pytest.raises(TypeError, match="modle"):
            crispen.sharpen_file(tmp_path / "a.png", modle="fast")

    @pytest.mark.parametrize(
        "settings",
        [
            {"height": 0}, {"scale": 0.5}, {"scale": 9}, {"height": 8, "scale": 2}, {"audio": "wav"},
            {"codec": "h266"}, {"compare": True, "strength": 0}, {"strength": 3}, {"threads": 0},
        ],
    )  # fmt: skip
    def test_invalid_values_raise_crispen_error(self, settings):
        with pytest.raises(CrispenError):
            crispen.FileConfig(**settings)

    def test_files_and_folders_have_separate_functions(self, tmp_path):
        with pytest.raises(UsageError, match="use sharpen_folder"):
            crispen.sharpen_file(tmp_path)
        with pytest.raises(CrispenError, match="is not a folder"):
            crispen.sharpen_folder(write_picture(tmp_path / "a.png"))

    def test_a_failing_video_leaves_no_file(self, stand_in, tmp_path):
        class Failing(Brighter):
            def frame(self, frame):
                raise RuntimeError("engine")

        stand_in(Failing())
        source = write_clip(tmp_path / "a.mp4", frames=3)
        with pytest.raises(RuntimeError, match="engine"):
            crispen.sharpen_file(source, compare=True)
        assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


class TestFolder:
    def test_callbacks_and_result_list_every_file(self, stand_in, tmp_path):
        stand_in(Brighter(10))
        (tmp_path / "in" / "deep").mkdir(parents=True)
        write_picture(tmp_path / "in" / "a.png")
        write_clip(tmp_path / "in" / "deep" / "b.mp4", frames=2)
        (tmp_path / "in" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
        done, failed = [], []
        result = crispen.sharpen_folder(tmp_path / "in", on_result=done.append, on_failure=failed.append)
        assert [item.target for item in result.items] == [
            str(tmp_path / "in.crisp" / "a.png"), str(tmp_path / "in.crisp" / "deep" / "b.mp4"),
        ]  # fmt: skip
        assert done == list(result.items) and failed == list(result.failed)
        assert [failure.source for failure in failed] == [str(tmp_path / "in" / "bad.png")]
        assert "2 sharpened, 0 done before, 1 failed" in result.as_text()

    def test_outputs_that_exist_are_skipped(self, stand_in, tmp_path):
        stand_in(Brighter(10))
        (tmp_path / "in").mkdir()
        write_picture(tmp_path / "in" / "a.png")
        crispen.sharpen_folder(tmp_path / "in", tmp_path / "out")
        result = crispen.sharpen_folder(tmp_path / "in", tmp_path / "out", scale=2)
        assert result.skipped == 1 and not result.items and "other settings" in result.as_text()

    def test_an_output_written_by_another_process_counts_as_done(self, monkeypatch, stand_in, tmp_path):
        """The other process finishes the same file while this one is at work on it."""
        (tmp_path / "in").mkdir()
        write_picture(tmp_path / "in" / "a.png")
        write_picture(tmp_path / "in" / "b.png")

        class Overtaken(Brighter):
            def luma(self, y):
                (tmp_path / "out" / "a.png").write_bytes(b"theirs")
                return super().luma(y)

        stand_in(Overtaken())
        result = crispen.sharpen_folder(tmp_path / "in", tmp_path / "out")
        assert (len(result.items), result.skipped, result.failed) == (1, 1, ())
        assert (tmp_path / "out" / "a.png").read_bytes() == b"theirs"


def test_importing_crispen_loads_no_numpy_and_no_engine():
    code = "import sys, crispen; print(*sys.modules); crispen.sharpen_file; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = (set(line.split()) for line in done.stdout.splitlines())
    assert not {"numpy", "av", "PIL", "openvino", "onnxruntime", "rich"} & before
    assert "numpy" in after and not {"openvino", "onnxruntime", "rich"} & after


def test_public_names_exist():
    for name in crispen.__all__:
        assert getattr(crispen, name) is not None
    with pytest.raises(AttributeError, match="sharpen_films"):
        _ = crispen.sharpen_films


class TestFailures:
    def test_no_file_appears_if_the_comparison_cannot_be_written(self, stand_in, tmp_path):
        """Side by side, 8200 columns are more than the 16383 that WebP can hold."""
        stand_in(Brighter(10))
        (tmp_path / "in").mkdir()
        source = write_picture(tmp_path / "in" / "a.webp", (8200, 16))
        with pytest.raises(CrispenError, match="16383"):
            crispen.sharpen_file(source, tmp_path / "b.webp", compare=True)
        assert not list(tmp_path.glob("b*"))
        result = crispen.sharpen_folder(tmp_path / "in", tmp_path / "out", compare=True)
        assert (len(result.items), result.skipped, len(result.failed)) == (0, 0, 1)
        assert not list((tmp_path / "out").rglob("*.webp"))

    @pytest.mark.parametrize("error", [ValueError, CrispenError])
    def test_an_exception_of_the_callback_is_passed_on(self, stand_in, tmp_path, error):
        stand_in(Brighter(10))
        (tmp_path / "in").mkdir()
        write_picture(tmp_path / "in" / "a.png")

        def refuse(result):
            raise error("enough")

        with pytest.raises(error, match="enough"):
            crispen.sharpen_folder(tmp_path / "in", tmp_path / "out", on_result=refuse)
        assert (tmp_path / "out" / "a.png").exists()

    @pytest.mark.parametrize(
        "setting",
        [
            {"codec": 5},
            {"overwrite": "no"},
            {"crf": "x"},
            {"preset": 3},
            {"height": 20.5},
            {"height": True},
            {"scale": "2"},
        ],
    )  # fmt: skip
    def test_a_setting_of_the_wrong_type_is_named(self, tmp_path, setting):
        [name] = setting
        with pytest.raises(TypeError, match=f"^{name} must be "):
            crispen.sharpen_file(write_picture(tmp_path / "a.png"), **setting)

    def test_a_copy_at_strength_0_reports_strength_0(self, tmp_path):
        assert crispen.sharpen_file(write_picture(tmp_path / "a.png"), strength=0).strength == 0
