"""Routing: which expert of a model a picture or a video uses."""

import shutil
from fractions import Fraction

import av
import numpy as np
import pytest
from networks import picture, random_convs

from crispen import CrispenError, Sharpener
from crispen.export.onnx_export import write_onnx
from crispen.media.av_planes import plane_view
from crispen.runtime.model_files import find_model
from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, write_router
from crispen.runtime.stream_info import UNKNOWN, StreamInfo
from crispen.runtime.stream_router import StreamRouter

CALM, WILD = picture(64, 64) // 16 + 100, picture(64, 64)  # little and much energy


ANY, SMALL, OFF = Choice("any", 1.0), Choice("small", 0.5), Choice("any", 0.0)


def router() -> Router:
    """Promises more of SMALL where the energy of the highest frequency is above a limit, else of ANY.

    It promises more of SMALL too where the stream is known to be scaled by 16.
    """
    measured = np.zeros((INPUTS, 2), np.float32)
    measured[34] = 1, -1
    hidden = np.vstack([measured, np.array([[-6, 6]], np.float32)])
    output = np.array([[0, 0.1], [0.1, 0], [0, 0]], np.float32)
    centre, spread = np.zeros(MEASURES, np.float32), np.full(MEASURES, 4, np.float32)
    hidden[:MEASURES] *= 4
    hidden[MEASURES : MEASURES + 2] = [[-300, 300], [100, -100]]  # factor known, its logarithm less 0.6
    return Router((ANY, SMALL), centre, spread, hidden, output)


@pytest.fixture
def model(tmp_path):
    for seed, name in enumerate(("net", "net-small")):
        write_onnx(tmp_path / f"{name}.onnx", random_convs(seed, width=4), 4, {"unshuffle": 4})
    write_router(tmp_path / "net.router.json", router())
    return tmp_path / "net.onnx"


def alone(model, name, y, strength=None):
    """The output of one file for a plane, by default at the strength that the router chooses for its expert."""
    copied = model.parent / "alone"
    copied.mkdir(exist_ok=True)
    for suffix in (".onnx", ".json"):
        shutil.copy(model.with_name(name + suffix), copied)
    with Sharpener(copied / f"{name}.onnx", threads=1) as sharpener:
        sharpener.strength = strength or (0.5 if name == "net-small" else 1)
        assert sharpener.luma(y) is not y and sharpener.choice == ANY
        return sharpener.luma(y)


def test_what_is_known_of_the_stream_decides_with_the_pixels(model):
    with Sharpener(model, threads=1) as sharpener:
        assert sharpener.choose(CALM) == ANY
        for factor, chosen in ((16, SMALL), (1, ANY), (16, SMALL)):
            sharpener.stream_info = StreamInfo(factor=factor)
            assert sharpener.choose(CALM) == chosen and sharpener.stream_info.factor == factor
            assert sharpener.luma(CALM) is not CALM and sharpener.choice == chosen
        sharpener.stream_info = UNKNOWN
        assert sharpener.choose(CALM) == ANY
        with pytest.raises(TypeError, match="StreamInfo, not float"):
            sharpener.stream_info = 2.0
        sharpener.close()
        sharpener.stream_info = StreamInfo(factor=2)  # harmless: nothing uses it any more


def test_a_picture_uses_the_expert_with_the_largest_expected_gain(model):
    with Sharpener(model, threads=1) as sharpener:
        for y, chosen, name in ((CALM, ANY, "net"), (WILD, SMALL, "net-small"), (CALM, ANY, "net")):
            np.testing.assert_array_equal(sharpener.luma(y), alone(model, name, y))
            assert sharpener.choice == chosen
        assert sharpener.describe().startswith("net (auto), openvino, ")
        flat = np.full((64, 64), 90, np.uint8)
        np.testing.assert_array_equal(sharpener.luma(flat), alone(model, "net", flat))


def test_a_named_stream_bypasses_the_router(model):
    with Sharpener(model, threads=1, stream="small") as sharpener:
        wanted = alone(model, "net-small", CALM, 1.0)
        np.testing.assert_array_equal(sharpener.luma(CALM), wanted)
        assert sharpener.choice == Choice("small", 1.0) and sharpener.describe().startswith("net (small), ")


@pytest.mark.parametrize("stream", ["full", "", "Auto"])
def test_a_stream_without_an_expert_is_refused(model, stream):
    with pytest.raises(CrispenError, match="choose auto, any, small"):
        Sharpener(model, stream=stream)


def test_a_model_without_a_router_uses_its_general_expert(tmp_path):
    write_onnx(tmp_path / "one.onnx", random_convs(width=4), 4, {"unshuffle": 4})
    with Sharpener(tmp_path / "one.onnx", threads=1, stream="any") as sharpener:
        assert sharpener.choice == ANY and sharpener.describe().startswith("one, ")
    with pytest.raises(CrispenError, match=r"choose auto, any$"):
        Sharpener(tmp_path / "one.onnx", stream="small")


def test_a_missing_expert_is_named(model):
    model.with_name("net-small.onnx").unlink()
    with pytest.raises(CrispenError, match=r"net-small\.onnx"):
        find_model(model)


def test_a_video_keeps_its_expert(model):
    """One different frame does not change the choice, a lasting change does; a single picture is routed separately."""
    with Sharpener(model, threads=1) as sharpener:
        chosen = []
        for y in [*[WILD] * 4, *[WILD] * 13, *[CALM] * 200]:
            sharpener.luma(y, video=True)
            chosen.append(sharpener.choice)
        changes = [index for index in range(1, len(chosen)) if chosen[index] != chosen[index - 1]]
        assert chosen[0] == SMALL and len(changes) == 1 and 33 <= changes[0] < 217
        sharpener.luma(WILD)
        assert sharpener.choice == SMALL
        sharpener.luma(CALM, video=True)
        assert sharpener.choice == ANY
        sharpener.luma(WILD, video=True)
        assert sharpener.choice == ANY
        sharpener.restart()
        sharpener.luma(WILD, video=True)
        assert sharpener.choice == SMALL


def test_frames_are_routed_as_a_video(model):
    def frame(y):
        made = av.VideoFrame(64, 64, "gray")
        plane_view(made.planes[0])[:] = y
        made.pts, made.time_base = 0, Fraction(1, 30)
        return made

    with Sharpener(model, threads=1) as sharpener:
        for _ in range(6):
            sharpener.frame(frame(WILD))
        after = sharpener.frame(frame(CALM))
        assert sharpener.choice == SMALL
        np.testing.assert_array_equal(plane_view(after.planes[0]), alone(model, "net-small", CALM))


def test_strength_0_leaves_a_picture_unchanged(model):
    told = router()
    write_router(
        model.with_name("net.router.json"), Router((OFF, SMALL), told.centre, told.spread, told.hidden, told.output)
    )
    with Sharpener(model, threads=1) as sharpener:
        np.testing.assert_array_equal(sharpener.luma(CALM), CALM)
        assert sharpener.choice == OFF and sharpener.precision == "f32"
        np.testing.assert_array_equal(sharpener.luma(WILD), alone(model, "net-small", WILD))


class Promises:
    """A router that predicts the given gains, one after another."""

    def __init__(self, *gains):
        self.gains_in_turn = list(gains)

    def gains(self, y, info, video=False):
        return dict(zip((ANY, SMALL), self.gains_in_turn.pop(0), strict=False))


def test_the_choice_changes_by_the_mean_gain_and_only_beyond_the_margin():
    y = np.zeros((8, 8), np.uint8)
    stream = StreamRouter(Promises((0.0, 1.0), (0.9, 0.0), (0.2, 0.0), (2.0, 0.0)), ANY)
    # in the mean SMALL is ahead by 1.0 and by 0.05; then ANY by 0.03, too little, and by 0.53
    assert [stream.for_frame(y) for _ in range(4)] == [SMALL, SMALL, SMALL, ANY]


def test_flat_frames_keep_the_choice_and_a_new_size_restarts():
    y = np.zeros((8, 8), np.uint8)
    stream = StreamRouter(Promises((), (0.0, 1.0), (), (1.0, 1.1), ()), ANY)
    assert [stream.for_frame(y) for _ in range(3)] == [ANY, SMALL, SMALL]
    assert stream.for_frame(y[:4]) == SMALL  # the first that is seen of a video decides at once
    assert stream.for_frame(y) == ANY


def test_after_the_first_frames_the_router_runs_on_one_in_sixteen():
    looks = []

    class Counting:
        def gains(self, y, info, video=False):
            looks.append(1)
            return {ANY: 1.0}

    stream = StreamRouter(Counting(), ANY)  # type: ignore[arg-type]
    for _ in range(65):
        stream.for_frame(np.zeros((8, 8), np.uint8))
    assert len(looks) == 4 + 4  # frames 0 to 3, 16, 32, 48 and 64
