"""Keys from a real terminal, and their effects."""

import os
import sys
from dataclasses import replace

import pytest

from crispen.live import keyboard as module
from crispen.live.controls import Controls
from crispen.live.cpu_budget import CpuBudget
from crispen.live.keyboard import HELP, Keyboard, parse_keys
from crispen.runtime.live_sharpener import LiveSharpener
from crispen.runtime.sharpener import Sharpener
from crispen.runtime.sharpener_cache import SharpenerCache
from crispen.runtime.sharpener_config import SharpenerConfig

ALL = ("fast", "balanced", "best")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", []),
        ("+-m", ["+", "-", "m"]),
        ("\x1b[D\x1b[Cq", ["left", "right", "q"]),
        ("\x1bOD", ["left"]),
        ("\xe0K\xe0M", ["left", "right"]),  # Windows
        ("\x1b", []),
    ],
)
def test_arrows_are_named(text, wanted):
    assert parse_keys(text) == wanted


def test_a_terminal_gives_keys_at_once_and_is_put_back(monkeypatch):
    termios, pty = pytest.importorskip("termios"), pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(module.os, "tcgetpgrp", lambda descriptor: os.getpgrp())  # the test runner has no terminal
        with Keyboard() as keys:
            assert keys.there and keys.pressed() == []
            os.write(ours, b"+\x1b[C")
            assert keys.pressed() == ["+", "right"]
            during = termios.tcgetattr(theirs)
            assert not during[3] & termios.ECHO and during[3] & termios.ISIG
        assert termios.tcgetattr(theirs) == before
    os.close(ours)


def test_a_program_in_the_background_leaves_the_terminal_alone(monkeypatch):
    termios, pty = pytest.importorskip("termios"), pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    with os.fdopen(theirs, "r") as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        monkeypatch.setattr(module.os, "tcgetpgrp", lambda descriptor: os.getpgrp() + 1)
        with Keyboard() as keys:
            assert not keys.there and keys.pressed() == [] and termios.tcgetattr(theirs) == before
    os.close(ours)


def test_what_is_no_terminal_has_no_keys(monkeypatch, tmp_path):
    with open(tmp_path / "in", "w+") as file:
        monkeypatch.setattr(sys, "stdin", file)
        with Keyboard() as keys:
            assert not keys.there and keys.pressed() == []


@pytest.fixture
def controls():
    """Of a small picture, whose Sharpeners are the real ones."""
    cache, config = SharpenerCache(warm_up=(16, 24)), SharpenerConfig("fast", threads=1)
    ladder = cache.ladder(config)
    live = LiveSharpener(ladder, 1 / 30)
    yield Controls(live, cache, config, CpuBudget(50, len(ladder)))
    cache.close()


def test_plus_and_minus_change_the_strength_within_its_range(controls):
    assert [controls.press(key) for key in "+=-"] == [f"fast, strength {s}" for s in ("1.1", "1.2", "1.1")]
    for _ in range(30):
        controls.press("+")
    assert controls.config.strength == 2.0 and controls.cache.get(controls.config).strength == 2.0
    for _ in range(30):
        said = controls.press("-")
    assert (controls.config.strength, said) == (0.0, "fast, strength 0.0")


def test_m_goes_through_the_models_and_all_smaller_ones_stand_by(controls):
    for model in ("balanced", "best", "fast"):
        assert controls.press("m") == f"{model}, strength 1.0"
        assert controls.live.name == model and controls.budget.models == ALL.index(model) + 1
    assert [name for name, _ in controls.cache.ladder(replace(controls.config, model="best"))] == [
        "best",
        "balanced",
        "fast",
    ]


def test_if_a_model_can_not_be_opened_the_one_before_goes_on(controls):
    def refuse(config):
        return Sharpener(config.model, stream="none such")

    controls.cache._open = refuse
    assert "none such" in controls.press("m")
    assert (controls.config.model, controls.live.name) == ("fast", "fast")


def test_the_divider_comes_goes_and_moves(controls):
    assert controls.press("s") == "" and controls.divider == 0.5
    controls.press("right")
    assert controls.divider == pytest.approx(0.55)
    for _ in range(20):
        controls.press("left")
    assert controls.divider == 0
    controls.press("s")
    assert controls.divider is None
    controls.press("left")
    assert controls.divider == pytest.approx(0.45)


def test_the_other_keys(controls):
    assert controls.press("?") == HELP
    assert controls.press("x") == ""
    controls.press("p")
    controls.press("q")
    assert controls.wants_snapshot and controls.quits
