"""Cases of still pictures: a still moves, is sent, and its last frame is compared with the untouched picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from crispen.data.clean_sources import PICTURES
from crispen.degrade.condition import Condition, receive_still
from crispen.errors import CrispenError
from crispen.image.image_reader import read_rgb
from crispen.media.file_tree import find_files
from crispen.metrics.text_accuracy import words_of

SMALLEST_SIDE = 32


def find_pictures(folder: Path) -> dict[str, Path]:
    """Finds the pictures below `folder`, sorted, by their path in it.

    Raises:
        CrispenError: If there is none.
    """
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of clean pictures")
    found = find_files(folder, PICTURES)
    if not found:
        raise CrispenError(f"{folder} holds no picture; put PNG, JPEG, WebP, TIFF or BMP files in it")
    return {path.relative_to(folder).as_posix(): path for path in found}


def still(path: Path, condition: Condition, rng: np.random.Generator) -> dict:
    """Builds the planes of a still picture that is sent as a moving clip."""
    planes = receive_still(read_picture(path), condition, rng)
    return dict(zip(("truth", "decoded", "received"), planes, strict=True))


def words_beside(picture: Path) -> list[str]:
    """The words of a picture, from the text file of the same name beside it; none if there is no such file."""
    path = picture.with_suffix(".txt")
    return words_of(path.read_text(encoding="utf-8")) if path.is_file() else []


def read_picture(path: Path) -> np.ndarray:
    """Reads an upright picture as (H, W, 3) uint8 RGB.

    Raises:
        CrispenError: If it is broken, or a side is under SMALLEST_SIDE.
    """
    try:
        rgb = np.asarray(read_rgb(path))
    except (CrispenError, OSError) as error:
        raise CrispenError(f"{error}; take it out of the folder") from None
    if min(rgb.shape[:2]) < SMALLEST_SIDE:
        raise CrispenError(
            f"{path} is {rgb.shape[1]}x{rgb.shape[0]}, under {SMALLEST_SIDE} pixels a side; take it out of the folder"
        )
    return rgb
