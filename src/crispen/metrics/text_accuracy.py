"""How much text stays legible, as Tesseract (Smith, 2007) reads it: word accuracy."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Sequence

import numpy as np
from PIL import Image

from crispen.errors import CrispenError

_COMMAND = ["tesseract", "stdin", "stdout", "-l", "eng", "--dpi", "96"]  # a fixed density, or Tesseract guesses one
_REMEDY = "install Debian's packages tesseract-ocr and tesseract-ocr-eng, or their like"


def ocr_accuracy(truth: np.ndarray, output: np.ndarray, text: str | None = None) -> float | None:
    """Share of the words that can be read in the output, 0 to 1; None if there is no word to read.

    truth, output: (H, W) uint8 luma of one shape. text: what the picture says; by default, what the same engine reads
    in the truth, so that its own faults do not count. Accuracy and words are those of `word_accuracy` and `words_of`.
    Raises ValueError for planes that cannot be compared, CrispenError as `read` does.
    """
    if truth.shape != output.shape:
        raise ValueError(f"planes of one (H, W) shape are compared, not {truth.shape} and {output.shape}")
    reference = words_of(read(truth) if text is None else text)
    return word_accuracy(reference, words_of(read(output))) if reference else None


def read(plane: np.ndarray) -> str:
    """What Tesseract's English model reads in an (H, W) uint8 luma plane, lines and all.

    Raises ValueError for another shape or type, CrispenError if Tesseract is missing or fails.
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
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise CrispenError(f"tesseract failed ({said[0]}); {_REMEDY}")
    return done.stdout.decode(errors="replace")


def words_of(text: str) -> list[str]:
    """The words of a text: parted by white space, letters made small, stripped of all but letters and digits at the
    ends. So a speck that is read as a quotation mark costs nothing, but 23.50 is not 2350."""
    stripped = (_strip(word) for word in text.casefold().split())
    return [word for word in stripped if word]


def word_accuracy(reference: Sequence[str], found: Sequence[str]) -> float:
    """1 - word_distance / number of reference words, at least 0: 1 is every word, no word more, in the same order.

    Raises ValueError if there is no reference word.
    """
    if not reference:
        raise ValueError("accuracy needs at least one reference word")
    return max(0.0, 1 - word_distance(reference, found) / len(reference))


def word_distance(reference: Sequence[str], found: Sequence[str]) -> int:
    """The fewest words to insert, delete or replace that make one sequence the other (Levenshtein, 1966)."""
    distances = list(range(len(found) + 1))  # from the reference's words so far to each beginning of `found`
    for count, word in enumerate(reference, 1):
        above_left, distances[0] = distances[0], count
        for column, other in enumerate(found, 1):
            replaced = above_left + (word != other)
            above_left = distances[column]
            distances[column] = min(replaced, above_left + 1, distances[column - 1] + 1)
    return distances[-1]


def _strip(word: str) -> str:
    kept = [index for index, letter in enumerate(word) if letter.isalnum()]
    return word[kept[0] : kept[-1] + 1] if kept else ""
