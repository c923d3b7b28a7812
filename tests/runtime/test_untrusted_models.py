"""Networks, cards and routers of others: refused in one line when they are opened, or they work."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from clips import write_clip
from foreign import FOREIGN, write_foreign
from networks import picture, random_convs
from PIL import Image

from crispen import CrispenError, Sharpener
from crispen.export.onnx_export import write_onnx
from crispen.runtime.engine import ENGINES
from crispen.runtime.onnx_file import MAX_BYTES
from crispen.runtime.router import INPUTS, MEASURES, Choice, Router, write_router


def refused(path, match, engine="auto") -> str:
    """The error message when `path` is opened, within a time limit."""
    begun = time.process_time()
    with pytest.raises(CrispenError, match=match) as caught:
        Sharpener(path, engine, threads=1)
    assert "\n" not in str(caught.value) and path.stem.split(".")[0] in str(caught.value)
    assert time.process_time() - begun < 20
    return str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("wrong", [wrong for wrong in FOREIGN if wrong != "four petabytes"])
def test_a_network_that_breaks_the_contract_is_refused_at_opening(wrong, engine, tmp_path, capfd):
    refused(write_foreign(tmp_path / "other.onnx", wrong), "use a file written by: crispen export|can not open", engine)
    assert capfd.readouterr() == ("", "")  # engines print nothing of their own


@pytest.mark.parametrize("engine", ENGINES)
def test_a_network_of_others_that_keeps_it_runs(engine, tmp_path):
    y = picture(40, 48)
    with Sharpener(write_foreign(tmp_path / "other.onnx", ""), engine, threads=1) as sharpener:
        np.testing.assert_array_equal(sharpener.luma(y), y)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["with spaces", "龍 é", "a" * 200, "\udcff\udcfe"], ids=ascii)
def test_a_file_may_have_any_name(name, engine, tmp_path):
    try:
        model = write_foreign(tmp_path / "other.onnx", "").rename(tmp_path / f"{name}.onnx")
    except OSError:
        pytest.skip("this file system does not have such names")
    with Sharpener(model, engine, threads=1) as sharpener:
        assert sharpener.luma(picture(8, 8)).shape == (8, 8)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_too_large_for_memory_is_a_memory_error(engine, tmp_path, capfd):
    """A shape of two numbers that needs more memory than any machine has; the engine prints nothing."""
    model = write_foreign(tmp_path / "other.onnx", "four petabytes")
    with pytest.raises((MemoryError, CrispenError)) as caught, Sharpener(model, engine, threads=1) as sharpener:
        sharpener.luma(picture(8, 8))
    assert "\n" not in str(caught.value) and capfd.readouterr() == ("", "")


def test_a_network_for_one_size(tmp_path):
    """ONNX Runtime takes that size alone and says so; OpenVINO takes any."""
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4}, size=(32, 48))
    write_onnx(tmp_path / "any.onnx", random_convs(), 4, {"unshuffle": 4})
    with Sharpener(tmp_path / "any.onnx", threads=1) as sharpener:
        wanted = {size: sharpener.luma(picture(*size)) for size in ((32, 48), (16, 16))}
    for engine in ENGINES:
        with Sharpener(tmp_path / "net.onnx", engine, threads=1) as sharpener:
            assert np.abs(sharpener.luma(picture(32, 48)).astype(int) - wanted[32, 48]).max() <= 1
            if engine == "openvino":
                np.testing.assert_array_equal(sharpener.luma(picture(16, 16)), wanted[16, 16])
                continue
            with pytest.raises(CrispenError, match="exported for 48x32, the only size that onnxruntime"):
                sharpener.luma(picture(16, 16))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"nonsense" * 50,
        b"\xff" * 40,
        b"\x3a\x7f",
        b"\x3a\xff\xff\xff\xff\x0f",
        b"\x08\x08",
        b"\x0b\x08",
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_onnx_file(data, engine, tmp_path):
    (tmp_path / "net.onnx").write_bytes(data)
    refused(tmp_path / "net.onnx", "net.onnx", engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_is_too_large_is_not_read(engine, tmp_path):
    with (tmp_path / "net.onnx").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    refused(tmp_path / "net.onnx", "more than 64 MB", engine)


@pytest.mark.parametrize(
    "card",
    [
        "{", "[]", "[" * 100_000, '"' + "x" * 2_000_000 + '"', "\udcff", '{"depth": NaN}',
        *(f'{{"unshuffle": {value}}}' for value in ("3", "0", "2.0", "true", "null", "[2]", '"2"', "1e400")),
        *(f'{{"precision": {value}}}' for value in ("5", "null", '"int4"', "[]")),
        *(f'{{"depth": {value}}}' for value in ("-5", "1000", "1.5", '"deep"', "null", "true")),
        *(f'{{"mac_per_pixel": {value}}}' for value in ('"many"', "null", "[]", "-1", "1e400")),
    ],
)  # fmt: skip
def test_a_card_that_is_none(card, tmp_path):
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {})
    (tmp_path / "net.json").write_bytes(card.encode(errors="surrogateescape"))
    refused(tmp_path / "net.onnx", r"net\.json.*export the model again")


def test_a_card_that_says_another_block_than_the_network_has(tmp_path):
    """Sizes that the network cannot take are reported by every engine."""
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 2})
    for engine in ENGINES:
        with Sharpener(tmp_path / "net.onnx", engine, threads=1) as sharpener:
            with pytest.raises(CrispenError, match=r"can not run .*net\.onnx on 34x30") as caught:
                sharpener.luma(picture(30, 34))
            assert "\n" not in str(caught.value)


def router(**changes) -> dict:
    """A router for the sets any and small, as JSON has it."""
    found = {
        "choices": [["any", 1.0], ["small", 0.5]], "centre": [0.0] * MEASURES, "spread": [1.0] * MEASURES,
        "hidden": [[0.01] * 3] * (INPUTS + 1), "output": [[0.1, 0.2]] * 4,
    }  # fmt: skip
    return found | changes


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "found",
    [
        *(router(choices=[["any", 1], ["small", value]]) for value in (NAN, INF, -1, 2.5, "much", None, True, [1])),
        *(router(choices=[["any", 1], [name, 1]]) for name in ("../../x", "a/b", "a\\b", "", ".", "x" * 300, 5, None)),
        router(choices=[["any", 1], ["small"]]),
        router(choices=[["any", 1], 5]),
        router(choices={"any": 1}),
        router(choices=[], output=[[]] * 4),
        router(output=[[0.1, NAN]] * 4),
        router(output=[[0.1, INF]] * 4),
        router(output=[[0.1, 1e30]] * 4),
        router(hidden=[[NAN] * 3] * (INPUTS + 1)),
        router(hidden=[[]] * (INPUTS + 1), output=[[0.1, 0.2]]),
        router(spread=[0.0] * MEASURES),
        router(spread=[-1.0] * MEASURES),
        router(centre=[1e300] * MEASURES),
        router(centre=["x"] * MEASURES),
        router(centre=[[0.0]] * MEASURES),
        {},
        [],
        None,
    ],
)
def test_a_router_that_could_not_be_followed(found, tmp_path):
    """Among them one of NaNs, which made every picture black, and sets that lie elsewhere."""
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4})
    write_onnx(tmp_path / "net-small.onnx", random_convs(1), 4, {"unshuffle": 4})
    (tmp_path / "net.router.json").write_text(json.dumps(found))
    refused(tmp_path / "net.onnx", r"net\.router\.json is not a router .*crispen route")


def test_a_router_of_hundreds_of_megabytes_is_refused_at_once(tmp_path):
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4})
    with (tmp_path / "net.router.json").open("wb") as file:
        file.truncate(300_000_000)
    begun = time.process_time()
    refused(tmp_path / "net.onnx", "more than 8 MB")
    assert time.process_time() - begun < 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("name", ["net.router.json", "net.json", "net.onnx"])
@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path)], ids=["folder", "pipe"])
def test_what_is_no_file(make, name, tmp_path):
    if name != "net.onnx":
        write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4})
        (tmp_path / name).unlink(missing_ok=True)
    make(tmp_path / name)
    if name == "net.json":  # there is no card, then
        with Sharpener(tmp_path / "net.onnx", threads=1) as sharpener:
            assert sharpener.luma(picture(8, 8)).shape == (8, 8)
        return
    refused(tmp_path / "net.onnx", "not a regular file|not a file|no file|no model file")


def test_what_the_router_makes_stays_finite_at_the_limits(tmp_path):
    """Numbers as large, and a spread as small, as are let through."""
    arrays = [np.full(MEASURES, -1e6), np.full(MEASURES, 1e-6), np.full((INPUTS + 1, 4), 1e6), np.full((5, 2), 1e6)]
    arrays = [array.astype(np.float32) for array in arrays]
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4})
    write_onnx(tmp_path / "net-small.onnx", random_convs(1), 4, {"unshuffle": 4})
    write_router(tmp_path / "net.router.json", Router((Choice("any", 1.0), Choice("small", 0.5)), *arrays))
    with Sharpener(tmp_path / "net.onnx", threads=1) as sharpener:
        assert sharpener._engines._router is not None
        gains = sharpener._engines._router._router.gains(picture(64, 64))
        assert len(gains) == 2 and np.isfinite(list(gains.values())).all()
        assert sharpener.luma(picture(64, 64)).std() > 0


def test_experts_of_different_architectures_are_refused(tmp_path):
    write_onnx(tmp_path / "net.onnx", random_convs(), 4, {"unshuffle": 4})
    write_onnx(tmp_path / "net-small.onnx", random_convs(unshuffle=2, width=4), 2, {"unshuffle": 2})
    (tmp_path / "net.router.json").write_text(json.dumps(router()))
    refused(tmp_path / "net.onnx", "another architecture")


@pytest.mark.parametrize("what", ["network", "router"])
@pytest.mark.parametrize(
    "words",
    [
        ["sharpen", "{clip}", "{out}.mp4", "--model", "{model}"],
        ["sharpen", "{clip}", "{out}.mp4", "--model", "{model}", "--engine", "onnxruntime"],
        ["live", "{clip}", "{out}.mp4", "--model", "{model}"],
        ["batch", "{folder}", "{out}", "--model", "{model}", "--workers", "1"],
        ["bench", "--models", "{model}", "--size", "64x64", "--seconds", "0.1"],
        ["eval", "{folder}", "--models", "{model}", "--baselines", "", "--conditions", "area-x3", "--jobs", "1"],
        ["export", "{model}", "--to", "onnx", "-o", "{out}"],
    ],
    ids=lambda words: words[0],
)
def test_every_command_says_so_in_one_line(words, what, tmp_path):
    write_foreign(tmp_path / "net.onnx", "an endless loop" if what == "network" else "")
    if what == "router":
        (tmp_path / "net.router.json").write_text(json.dumps(router(choices=[["any", 1], ["../../x", 1]])))
    (tmp_path / "in").mkdir()
    clip = write_clip(tmp_path / "in" / "clip.mp4", frames=3)
    Image.fromarray(picture(96, 128)).save(tmp_path / "in" / "picture.png")
    places = {"clip": clip, "folder": tmp_path / "in", "out": tmp_path / "out", "model": tmp_path / "net.onnx"}
    code = "import sys; from crispen.apps.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *(word.format(**places) for word in words)], capture_output=True, text=True,
        timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    named = [line for line in done.stderr.splitlines() if "net" in line]
    assert named and not [path for path in tmp_path.iterdir() if path.name.startswith("out.")], done.stderr
