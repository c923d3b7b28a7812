"""A model with several sets of weights: which one a picture goes through, alone and in a video."""

import shutil
from fractions import Fraction

import av
import numpy as np
import pytest
from networks import picture, random_convs

from crispen import CrispenError, Sharpener
from crispen.export.onnx import write_onnx
from crispen.media.planes import plane_view
from crispen.model.router import MEASURES, Router, write_router
from crispen.runtime.bank import find_bank
from crispen.runtime.follower import Follower

CALM, WILD = picture(64, 64) // 16 + 100, picture(64, 64)  # little and much energy


def router() -> Router:
    """Promises more of "small" where the energy of the highest frequency is above a limit, else of "any"."""
    measured = np.zeros((MEASURES, 2), np.float32)
    measured[34] = 1, -1
    hidden = np.vstack([measured, np.array([[-6, 6]], np.float32)])
    output = np.array([[0, 0.1], [0.1, 0], [0, 0]], np.float32)
    centre, spread = np.zeros(MEASURES, np.float32), np.full(MEASURES, 4, np.float32)
    hidden[:-1] *= 4
    return Router(("any", "small"), centre, spread, hidden, output)


@pytest.fixture
def model(tmp_path):
    for seed, name in enumerate(("net", "net-small")):
        write_onnx(tmp_path / f"{name}.onnx", random_convs(seed, width=4), 4, {"unshuffle": 4})
    write_router(tmp_path / "net.router.json", router())
    return tmp_path / "net.onnx"


def alone(model, name, y):
    """What one file by itself makes of a plane."""
    copied = model.parent / "alone"
    copied.mkdir(exist_ok=True)
    for suffix in (".onnx", ".json"):
        shutil.copy(model.with_name(name + suffix), copied)
    with Sharpener(copied / f"{name}.onnx", threads=1) as sharpener:
        assert sharpener.chosen == ""
        return sharpener.luma(y)


def test_a_picture_goes_through_the_set_that_promises_most(model):
    with Sharpener(model, threads=1) as sharpener:
        for y, chosen, name in ((CALM, "any", "net"), (WILD, "small", "net-small"), (CALM, "any", "net")):
            np.testing.assert_array_equal(sharpener.luma(y), alone(model, name, y))
            assert sharpener.chosen == chosen
        assert sharpener.describe().startswith("net (auto), openvino, ")
        flat = np.full((64, 64), 90, np.uint8)
        np.testing.assert_array_equal(sharpener.luma(flat), alone(model, "net", flat))


def test_what_is_known_is_not_asked(model):
    with Sharpener(model, threads=1, stream="small") as sharpener:
        np.testing.assert_array_equal(sharpener.luma(CALM), alone(model, "net-small", CALM))
        assert sharpener.chosen == "small" and sharpener.describe().startswith("net (small), ")


@pytest.mark.parametrize("stream", ["full", "", "Auto"])
def test_a_stream_without_weights(model, stream):
    with pytest.raises(CrispenError, match="choose auto, any, small"):
        Sharpener(model, stream=stream)


def test_one_set_has_no_choice(tmp_path):
    write_onnx(tmp_path / "one.onnx", random_convs(width=4), 4, {"unshuffle": 4})
    with Sharpener(tmp_path / "one.onnx", threads=1, stream="any") as sharpener:
        assert sharpener.chosen == "" and sharpener.describe().startswith("one, ")
    with pytest.raises(CrispenError, match=r"choose auto, any$"):
        Sharpener(tmp_path / "one.onnx", stream="small")


def test_a_missing_set_is_named(model):
    model.with_name("net-small.onnx").unlink()
    with pytest.raises(CrispenError, match=r"net-small\.onnx"):
        find_bank(model)


def test_a_video_keeps_its_set(model):
    """One odd frame changes nothing, a lasting change does, and a picture in between is judged by itself."""
    with Sharpener(model, threads=1) as sharpener:
        chosen = []
        for y in [*[WILD] * 4, *[WILD] * 13, *[CALM] * 200]:
            sharpener.luma(y, video=True)
            chosen.append(sharpener.chosen)
        changes = [index for index in range(1, len(chosen)) if chosen[index] != chosen[index - 1]]
        assert chosen[0] == "small" and len(changes) == 1 and 33 <= changes[0] < 217
        sharpener.luma(WILD)
        assert sharpener.chosen == "small"
        sharpener.luma(CALM, video=True)
        assert sharpener.chosen == "any"
        sharpener.luma(WILD, video=True)
        assert sharpener.chosen == "any"
        sharpener.restart()
        sharpener.luma(WILD, video=True)
        assert sharpener.chosen == "small"


def test_frames_are_a_video(model):
    def frame(y):
        made = av.VideoFrame(64, 64, "gray")
        plane_view(made.planes[0])[:] = y
        made.pts, made.time_base = 0, Fraction(1, 30)
        return made

    with Sharpener(model, threads=1) as sharpener:
        for _ in range(6):
            sharpener.frame(frame(WILD))
        after = sharpener.frame(frame(CALM))
        assert sharpener.chosen == "small"
        np.testing.assert_array_equal(plane_view(after.planes[0]), alone(model, "net-small", CALM))


class Promises:
    """A router that promises what it is given, in turn."""

    def __init__(self, *gains):
        self.gains_in_turn = list(gains)

    def gains(self, y):
        return self.gains_in_turn.pop(0)


def test_the_mean_decides_and_small_differences_do_not():
    y = np.zeros((8, 8), np.uint8)
    follow = Follower(
        Promises({"a": 0.0, "b": 1.0}, {"a": 0.9, "b": 0.0}, {"a": 0.2, "b": 0.0}, {"a": 2.0, "b": 0.0}), "a"
    )
    # means: b by 1.0; b by 0.05; a by 0.03, too little; a by 0.53
    assert [follow(y) for _ in range(4)] == ["b", "b", "b", "a"]


def test_nothing_to_see_leaves_the_choice_and_a_new_size_begins_anew():
    y = np.zeros((8, 8), np.uint8)
    follow = Follower(Promises({}, {"a": 0.0, "b": 1.0}, {}, {"a": 1.0, "b": 1.1}, {}), "a")
    assert [follow(y) for _ in range(3)] == ["a", "b", "b"]
    assert follow(y[:4]) == "b"  # the first that is seen of a video decides at once
    assert follow(y) == "a"


def test_after_the_first_frames_one_in_sixteen_is_looked_at():
    looks = []

    class Counting:
        def gains(self, y):
            looks.append(1)
            return {"a": 1.0}

    follow = Follower(Counting(), "a")
    for _ in range(65):
        follow(np.zeros((8, 8), np.uint8))
    assert len(looks) == 4 + 4  # frames 0 to 3, 16, 32, 48 and 64
