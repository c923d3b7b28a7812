"""The combined suite: its conditions, the pictures it takes, and models on streams and on single pictures."""

import numpy as np
import pytest
from PIL import Image

from crispen.callbench.case_summary import summarise_combined, worst_cases
from crispen.callbench.combined_suite import COMBINED, EachFrameAlone, run_combined
from crispen.callbench.contenders.contender import ContenderInput, Failed, PlaneContender
from crispen.callbench.report.case_report import case_markdown
from crispen.callbench.report.worst_crops import worst_crop_grid
from crispen.callbench.suite_run import RunOptions
from crispen.errors import CrispenError

H264 = "defocus/h264-x1.5"


class Remembering(PlaneContender):
    """Sharpens a picture by nothing, and a frame of a clip by the number of frames before it."""

    def clip(self, frames):
        return [frame.received + np.uint8(index) for index, frame in enumerate(frames)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for index in range(5):
        pixels = np.random.default_rng(index).integers(0, 200, (12, 16, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


def test_every_condition_combines_a_degradation_before_the_codec_with_scaling_and_a_low_rate():
    assert len(COMBINED) == 12
    for name, condition in COMBINED.items():
        assert condition.motion_blur or condition.defocus or condition.photons, name
        assert bool(condition.photons) == name.startswith("low-light")
        assert condition.factor > 1 and condition.codec is not None and condition.codec.bits_per_pixel <= 0.06
    assert {condition.codec.name for condition in COMBINED.values() if condition.codec} == {"h264", "vp8", "vp9", "av1"}


def test_frames_alone_are_pictures_to_the_contender():
    frames = [ContenderInput(plane, plane) for plane in np.zeros((3, 8, 8), np.uint8)]
    model = Remembering("model", "crispen", lambda y: y, "id", "words")
    alone = EachFrameAlone(model)
    assert [int(plane.max()) for plane in model.clip(frames)] == [0, 1, 2]
    assert [int(plane.max()) for plane in alone.clip(frames)] == [0, 0, 0]
    assert alone.identity != model.identity and alone.name == "model, frames alone"
    failing = EachFrameAlone(PlaneContender("bad", "crispen", lambda y: y[1:], "bad", ""))
    assert isinstance(failing.clip(frames), Failed)


def test_models_are_measured_on_streams_and_on_frames_alone(pictures, tmp_path):
    model = Remembering("model", "crispen", lambda y: y, "id", "words")
    blur = PlaneContender("filter", "filter", lambda y: y // 2, "half", "half")
    run = run_combined([pictures], [blur, model], RunOptions(tmp_path), [H264])
    assert sorted({case.picture for case in run.cases}) == ["0.png", "4.png"]  # every fourth of a category
    found = summarise_combined(run)
    rows = found["rows"]
    assert list(rows) == ["input", "filter", "model", "model, frames alone"]
    assert rows["model, frames alone"]["mean"]["gain"]["psnr"] == 0
    assert rows["model"]["mean"]["worse"] == 1 and rows["model"]["mean"]["worst"] < -0.05
    assert (
        rows["model"]["parts"]["defocus"] == rows["model"]["mean"] and rows["model"]["parts"]["low-light"]["cases"] == 0
    )
    text = case_markdown(found)
    assert H264 in text and "model, frames alone" in text and "Mean of defocus" in text and "low-light" not in text
    assert len(worst_cases(rows["model"])) == 2
    assert worst_crop_grid(run, found, "model").width > 3 * 96


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(CrispenError, match="holds no picture"):
        run_combined([tmp_path], [], RunOptions(tmp_path / "cache"))
