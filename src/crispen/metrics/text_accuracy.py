"""Legibility of text: how many words Tesseract (Smith, 2007) reads."""

from __future__ import annotations

import io
import os
import subprocess
from collections import Counter
from collections.abc import Sequence

import numpy as np
from PIL import Image

from crispen.errors import CrispenError

_COMMAND = ["tesseract", "stdin", "stdout", "-l", "eng", "--dpi", "96"]  # without a density Tesseract guesses one
_REMEDY = "install Debian's packages tesseract-ocr and tesseract-ocr-eng, or their equivalents"


def read(plane: np.ndarray) -> str:
    """Reads text with Tesseract's English model.

    Args:
        plane: (H, W) uint8 luma.

    Returns:
        The text with its line breaks.

    Raises:
        ValueError: For another shape or type.
        CrispenError: If Tesseract is missing or fails.
    """
    if plane.ndim != 2 or plane.dtype != np.uint8:
        raise ValueError(f"text is read in an (H, W) uint8 plane, not {plane.dtype} {plane.shape}")
    png = io.BytesIO()
    Image.fromarray(plane).save(png, "PNG", compress_level=1)
    try:
        done = subprocess.run(
            _COMMAND,
            input=png.getvalue(),
            capture_output=True,
            env=os.environ | {"OMP_THREAD_LIMIT": "1"},  # its threads cost more than they gain
        )
    except OSError as error:
        raise CrispenError(f"tesseract cannot be run ({error.strerror}); {_REMEDY}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise CrispenError(f"tesseract failed ({lines[0]}); {_REMEDY}")
    return done.stdout.decode(errors="replace")


def words_of(text: str) -> list[str]:
    """Splits a text into words: at white space, case-folded, without leading and trailing punctuation.

    A speck that is read as a quotation mark costs nothing, but 23.50 is not 2350.
    """
    stripped = (_strip(word) for word in text.casefold().split())
    return [word for word in stripped if word]


def word_accuracy(reference: Sequence[str], found: Sequence[str]) -> float:
    """Computes 1 - word_distance / number of reference words, at least 0. All words in order and no others give 1.

    Raises:
        ValueError: If there is no reference word.
    """
    if not reference:
        raise ValueError("accuracy needs at least one reference word")
    return max(0.0, 1 - word_distance(reference, found) / len(reference))


def word_distance(reference: Sequence[str], found: Sequence[str]) -> int:
    """Computes the edit distance (Levenshtein, 1966): the fewest words to insert, delete or replace."""
    distances = list(range(len(found) + 1))  # from the reference's words so far to each beginning of `found`
    for count, word in enumerate(reference, 1):
        above_left, distances[0] = distances[0], count
        for column, other in enumerate(found, 1):
            replaced = above_left + (word != other)
            above_left = distances[column]
            distances[column] = min(replaced, above_left + 1, distances[column - 1] + 1)
    return distances[-1]


def share_of_words_read(words: Sequence[str], plane: np.ndarray) -> float:
    """Computes the share of `words` that Tesseract reads in an (H, W) uint8 plane, in any order, 0 to 1.

    Args:
        words: At least one, as `words_of` returns them.
        plane: (H, W) uint8 luma.
    """
    found = Counter(words_of(read(plane)))
    return sum((Counter(words) & found).values()) / len(words)


def _strip(word: str) -> str:
    kept = [index for index, letter in enumerate(word) if letter.isalnum()]
    return word[kept[0] : kept[-1] + 1] if kept else ""
