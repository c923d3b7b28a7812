import shutil
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from crispen.errors import CrispenError
from crispen.metrics.text_accuracy import read, word_accuracy, word_distance, words_of

TEXT = "The quick brown fox jumps\nover the lazy dog, twice.\nInvoice 4711: 23.50 EUR due"
needs_tesseract = pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
few_words = st.lists(st.sampled_from("abc"), max_size=6)


@pytest.fixture(scope="module")
def page():
    """(120, 460) uint8: three lines of 28 pixels."""
    paper = Image.new("L", (460, 120), 235)
    ImageDraw.Draw(paper).multiline_text((12, 10), TEXT, fill=20, font=ImageFont.load_default(28))
    return np.array(paper)


def accuracy(truth, output, text=None):
    """The words metric: the words of `text`, or of the truth, that are read in the output."""
    return word_accuracy(words_of(read(truth) if text is None else text), words_of(read(output)))


def brute_force(reference, found):
    """All ways to align the two sequences, from the definition."""

    @cache
    def cost(i, j):
        if i == len(reference) or j == len(found):
            return len(reference) - i + len(found) - j
        return min(cost(i + 1, j) + 1, cost(i, j + 1) + 1, cost(i + 1, j + 1) + (reference[i] != found[j]))

    return cost(0, 0)


@given(few_words, few_words)
def test_the_distance_is_the_cheapest_of_all_alignments(reference, found):
    assert word_distance(reference, found) == brute_force(tuple(reference), tuple(found))


@given(few_words, few_words, few_words)
def test_the_distance_is_a_metric(a, b, c):
    assert (word_distance(a, b) == 0) == (a == b)
    assert word_distance(a, b) == word_distance(b, a)
    assert word_distance(a, c) <= word_distance(a, b) + word_distance(b, c)


@pytest.mark.parametrize(
    ("found", "distance"),
    [
        ("a b c d", 0),
        ("a x c d", 1),
        ("a c d", 1),
        ("a b b c d", 1),
        ("b a c d", 2),
        ("", 4),
        ("x y z u v w", 6),
    ],
)
def test_distance_and_accuracy_worked_by_hand(found, distance):
    reference = ["a", "b", "c", "d"]
    assert word_distance(reference, found.split()) == distance
    assert word_accuracy(reference, found.split()) == pytest.approx(max(0, 1 - distance / 4))


def test_accuracy_of_nothing_is_refused():
    with pytest.raises(ValueError, match="reference word"):
        word_accuracy([], ["a"])


def test_words_lose_surrounding_punctuation():
    assert words_of("‘The  QUICK\nfox-trot, (4711): 23.50 — | “don't” Straße.") == [
        "the", "quick", "fox-trot", "4711", "23.50", "don't", "strasse",
    ]  # fmt: skip
    assert words_of(" .\n|") == []


@needs_tesseract
def test_rendered_text_is_read_and_illegible_text_is_not(page):
    assert words_of(read(page)) == words_of(TEXT)
    slightly, badly = (cv2.GaussianBlur(page, (0, 0), sigma) for sigma in (1.0, 4.0))
    assert accuracy(page, page) == 1
    assert accuracy(page, slightly, TEXT) > 0.9
    assert accuracy(page, badly) < 0.4


@needs_tesseract
def test_words_that_were_painted_over_are_counted(page):
    """Without its last line the page has 10 of 15 words."""
    output = page.copy()
    output[78:] = 235
    assert accuracy(page, output) == pytest.approx(10 / 15)
    assert accuracy(page, output, "over the quick") == 0  # eight words too many


def test_planes_that_cannot_be_read_are_refused(page):
    for plane in (page[0], page.astype(np.float32), page[..., None]):
        with pytest.raises(ValueError, match="uint8 plane"):
            read(plane)


def test_missing_tesseract_is_told_with_the_package_to_install(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CrispenError, match=r"tesseract cannot be run \(No such file.*install .*tesseract-ocr"):
        read(page)


@pytest.mark.parametrize(
    ("script", "line"), [("echo first >&2; echo second >&2; exit 1", r"\(first\)"), ("exit 7", r"\(exit status 7\)")]
)
def test_a_failing_tesseract_is_told_in_one_line(page, tmp_path, monkeypatch, script, line):
    binary = tmp_path / "tesseract"
    binary.write_text("#!/bin/sh\n" + script)
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CrispenError, match=rf"tesseract failed {line}; install") as told:
        read(page)
    assert "\n" not in str(told.value)
