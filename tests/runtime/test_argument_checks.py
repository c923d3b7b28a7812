"""Arguments of Sharpener and Frame: the right types work, wrong ones raise a one-line error."""

import copy
import pickle
import threading
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from networks import picture, random_convs
from PIL import Image

from crispen import CrispenError, Sharpener
from crispen.export.onnx_export import write_onnx
from crispen.frame import Colour, Frame
from crispen.media.av_planes import plane_view
from crispen.runtime.router import Choice


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "net.onnx"
    write_onnx(path, random_convs(), 4, {"unshuffle": 4})
    return path


@pytest.fixture(scope="module", params=["openvino", "onnxruntime"])
def sharpener(model, request):
    with Sharpener(model, request.param, threads=1) as opened:
        yield opened


def one_sentence(caught) -> None:
    text = str(caught.value)
    assert text and "\n" not in text and len(text) < 250


WRONG = [None, True, "1", "", [], [1], (1,), {}, b"1", 1j, np.ones(1), np.array(1.0), Decimal(1), ...]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_strength_that_is_no_number(value, model, sharpener):
    before = sharpener.strength
    for told in (lambda: Sharpener(model, strength=value), lambda: setattr(sharpener, "strength", value)):
        with pytest.raises(TypeError, match=r"strength must be a number, not") as caught:
            told()
        one_sentence(caught)
    assert sharpener.strength == before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 2.0001, 10**400, np.float32("nan")], ids=repr)
def test_a_strength_that_can_not_be(value, sharpener):
    with pytest.raises(CrispenError, match="between 0 and 2"):
        sharpener.strength = value


@pytest.mark.parametrize("value", [1, 0, 1.5, np.float32(0.5), np.int64(1), np.float16(2), Fraction(1, 3)], ids=repr)
def test_every_kind_of_number_is_a_strength(value, sharpener):
    sharpener.strength = value
    assert type(sharpener.strength) is float and sharpener.strength == pytest.approx(float(value))
    sharpener.strength = 1


@pytest.mark.parametrize("value", [value for value in WRONG if value is not None] + [1.0, 1.5, "2"], ids=repr)
def test_threads_that_are_no_whole_number(value, model):
    with pytest.raises(TypeError, match="threads must be a whole number or None") as caught:
        Sharpener(model, threads=value)
    one_sentence(caught)


def test_threads_of_numpy(model):
    with Sharpener(model, threads=np.int32(1)) as sharpener:
        assert type(sharpener.threads) is int and sharpener.threads == 1


@pytest.mark.parametrize("name", ["model", "engine", "precision", "stream"])
@pytest.mark.parametrize("value", [None, 1, True, ["fast"], b"fast", {}, np.array("fast"), ...], ids=repr)
def test_names_that_are_no_text(name, value, model):
    with pytest.raises(TypeError, match=f"{name} must be a") as caught:
        Sharpener(**({"model": model} | {name: value}))
    one_sentence(caught)


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "/", "fast.onnx", "FAST", "a\0b.onnx", "fast\n", "x" * 5000, "龍"]
)
def test_models_that_do_not_exist(name):
    with pytest.raises(CrispenError):
        Sharpener(name)


def test_a_model_may_be_a_path_of_any_kind(model):
    class Place:
        def __fspath__(self):
            return str(model)

    for each in (str(model), Path(model), Place()):
        Sharpener(each, threads=1).close()


NO_ARRAYS = [
    None, 5, "luma", [[1, 2], [3, 4]], ((1,),), b"\0\0", memoryview(b"\0\0"), Image.new("L", (4, 4)),
    np.ma.masked_array(np.zeros((4, 4), np.uint8), True), np.ma.masked_array(np.zeros((4, 4, 3), np.uint8)),
    Frame(np.zeros((4, 4), np.uint8)), av.VideoFrame(4, 4, "gray"), np.uint8(3),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_ARRAYS, ids=lambda value: type(value).__name__)
def test_what_is_no_array(value, sharpener):
    for strength in (1, 0):
        sharpener.strength = strength
        for method in (sharpener.luma, sharpener.image):
            with pytest.raises(TypeError, match="must be a numpy array, not") as caught:
                method(value)
            one_sentence(caught)
    sharpener.strength = 1
    with pytest.raises(TypeError, match=r"y must be a numpy array, not"):
        Frame(value)
    if value is not None:
        for planes in ({"u": value, "v": np.zeros((2, 2), np.uint8)}, {"u": np.zeros((2, 2), np.uint8), "v": value}):
            with pytest.raises(TypeError, match=r"chroma must be a numpy array, not"):
                Frame(np.zeros((4, 4), np.uint8), **planes)


NO_FRAMES = [value for value in NO_ARRAYS if not isinstance(value, av.VideoFrame)]


@pytest.mark.parametrize("value", NO_FRAMES, ids=lambda value: type(value).__name__)
def test_what_is_no_video_frame(value, sharpener):
    with pytest.raises(TypeError, match=r"a frame must be an av\.VideoFrame, not") as caught:
        sharpener.frame(value)
    one_sentence(caught)


DTYPES = [
    "int8",
    "uint16",
    "int64",
    "float16",
    "float32",
    "float64",
    "bool",
    "complex64",
    "object",
    "S1",
    "U1",
    "M8[s]",
]


@pytest.mark.parametrize("dtype", [*DTYPES, [("a", "u1")]], ids=str)
def test_other_types_of_numbers(dtype, sharpener):
    for method, shape in ((sharpener.luma, (4, 4)), (sharpener.image, (4, 4, 3)), (Frame, (4, 4))):
        with pytest.raises(ValueError, match="uint8") as caught:
            method(np.zeros(shape, dtype))
        one_sentence(caught)


@pytest.mark.parametrize("shape", [(), (4,), (0, 4), (4, 0), (4, 4, 1), (1, 4, 4), (4, 4, 3, 1), (0, 0)], ids=str)
def test_other_shapes(shape, sharpener):
    for method in (sharpener.luma, sharpener.image, Frame):
        with pytest.raises(ValueError, match="must be a non-empty"):
            method(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(4, 4, 4), (4, 4), (0, 4, 3), (4, 3, 4), (3, 4, 4)], ids=str)
def test_what_is_no_picture(shape, sharpener):
    with pytest.raises(ValueError, match="must be a non-empty"):
        sharpener.image(np.zeros(shape, np.uint8))


def arrays(shape):
    """One array in every way that numpy can hold it."""
    whole = picture(40, 48 * (shape[2] if len(shape) == 3 else 1)).reshape(shape)
    frozen, twice = whole.copy(), np.zeros(tuple(2 * side for side in shape), np.uint8)
    frozen.flags.writeable = False
    places = tuple(slice(None, None, 2) for _ in shape)
    twice[places] = whole
    backwards = whole[::-1].copy()[::-1]
    return {
        "plain": whole, "read-only": frozen, "columns first": np.asfortranarray(whole), "every second": twice[places],
        "backwards": backwards, "of bytes": np.frombuffer(whole.tobytes(), np.uint8).reshape(shape),
        "a subclass": whole.view(type("Mine", (np.ndarray,), {})), "big-endian": whole.astype(">u1"),
    }  # fmt: skip


def test_every_layout_of_memory_gives_the_same(sharpener):
    for method, shape in ((sharpener.luma, (40, 48)), (sharpener.image, (40, 48, 3))):
        found = arrays(shape)
        wanted = method(found["plain"])
        for name, array in found.items():
            before = array.copy()
            sharp = method(array)
            np.testing.assert_array_equal(sharp, wanted, err_msg=name)
            np.testing.assert_array_equal(array, before, err_msg=name)
            assert type(sharp) is np.ndarray and sharp.flags.writeable and sharp.flags.c_contiguous, name
            assert not np.shares_memory(sharp, array), name


def test_one_row_repeated_by_strides(sharpener):
    row = picture(1, 48)
    y = np.broadcast_to(row, (40, 48))
    np.testing.assert_array_equal(sharpener.luma(y), sharpener.luma(y.copy()))


@pytest.mark.parametrize("choice", ["any", ("any", 1.0), 1, ["any", 1.0], True], ids=repr)
def test_what_is_no_choice(choice, sharpener):
    with pytest.raises(TypeError, match="a choice must be a Choice or None"):
        sharpener.hold(choice)


def test_choices_that_can_not_be(sharpener):
    for choice in (Choice("../x", 1.0), Choice("any", 3.0), Choice("any", float("nan"))):
        with pytest.raises(CrispenError):
            sharpener.hold(choice)
    with pytest.raises(TypeError):
        sharpener.hold(Choice("any", "1"))  # type: ignore[arg-type]
    assert sharpener.luma(picture(8, 8)).shape == (8, 8)  # and it goes on as before


@pytest.mark.parametrize("strength", [1, 0])
def test_a_closed_sharpener_says_so(model, strength):
    sharpener = Sharpener(model, threads=1, strength=strength)
    sharpener.close()
    sharpener.close()
    frame = av.VideoFrame(8, 8, "gray")
    plane_view(frame.planes[0])[:] = 0
    works = [
        lambda: sharpener.luma(picture(8, 8)), lambda: sharpener.luma(picture(8, 8), video=True),
        lambda: sharpener.image(np.zeros((8, 8, 3), np.uint8)), lambda: sharpener.frame(frame),
    ]  # fmt: skip
    for work in works:
        with pytest.raises(ValueError, match="this Sharpener is closed"):
            work()
    sharpener.restart()
    sharpener.hold(None)
    assert "closed" in sharpener.describe() and sharpener.engine == "closed"


def test_closed_while_others_sharpen(model):
    """Each call ends, with a plane or with the sentence."""
    sharpener, y = Sharpener(model, threads=1), picture(64, 64)
    wanted, found = sharpener.luma(y), []

    def work():
        try:
            while True:
                found.append(np.array_equal(sharpener.luma(y), wanted))
        except Exception as error:
            found.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(found) < 40:
        time.sleep(0.01)
    sharpener.close()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    assert {each for each in found if each is not True} == {"this Sharpener is closed"}
    assert found.count("this Sharpener is closed") == 4


def test_a_sharpener_is_not_copied(sharpener):
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="open one in each process"):
            way(sharpener)


def test_what_a_frame_is_told():
    y, half = np.zeros((4, 4), np.uint8), np.zeros((2, 2), np.uint8)
    for planes in ({"u": half}, {"v": half}):
        with pytest.raises(ValueError, match="both"):
            Frame(y, **planes)
    for name, value in (("colour", 6), ("colour", None), ("pts", 1.5), ("pts", "1"), ("time_base", 0.04)):
        with pytest.raises(TypeError, match=f"{name} must be a"):
            Frame(y, half, half, **{name: value})
    frame = Frame(y, half, half, Colour(), 3, Fraction(1, 25))
    with pytest.raises(TypeError, match="y must be a numpy array"):
        frame.with_luma([[1]])  # type: ignore[arg-type]
