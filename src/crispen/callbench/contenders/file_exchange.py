"""Exchange of luma planes with another program as files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from crispen.callbench.contenders.contender import Failed
from crispen.errors import CrispenError
from crispen.frame import Colour, luma_from_rgb
from crispen.image.image_reader import load_picture
from crispen.media.plane_layout import samples
from crispen.video.y4m import Y4mHeader, Y4mReader

_GRAY = 128  # chroma of gray


def picture_name(number: int) -> str:
    """The file name of picture `number` in a folder, counted from 0."""
    return f"{number:05}.png"


def write_pictures(planes: Sequence[np.ndarray], folder: Path, rgb: bool = False) -> None:
    """Writes one PNG for each (H, W) uint8 plane, gray, or with three equal channels."""
    folder.mkdir()
    for number, plane in enumerate(planes):
        pixels = np.repeat(plane[..., None], 3, axis=2) if rgb else plane
        Image.fromarray(pixels).save(folder / picture_name(number), "PNG", compress_level=1)


def read_pictures(folder: Path, count: int) -> list[np.ndarray | Failed]:
    """Reads pictures 0 to count - 1 as (H, W) uint8, each of any size, or says why one cannot be read.

    A color picture gives its BT.601 luma in full range, which for three equal channels is their level. Alpha is
    ignored, and 16 bits are rounded to 8.
    """
    return [_read_picture(folder / picture_name(number)) for number in range(count)]


def _read_picture(path: Path) -> np.ndarray | Failed:
    try:
        picture = load_picture(path)
    except FileNotFoundError:
        return Failed(f"it made no {path.name}")
    except (CrispenError, OSError) as error:
        return Failed(str(error).replace(str(path), path.name))
    pixels = picture.pixels
    if picture.deep:
        pixels = np.rint(pixels / 257).astype(np.uint8)
    if picture.colour == "rgb":
        return luma_from_rgb(pixels, Colour(full_range=True))
    return pixels if picture.colour == "grey" else pixels[..., 0]


def write_video(planes: Sequence[np.ndarray], path: Path) -> None:
    """Writes (H, W) uint8 planes of one size as YUV4MPEG2: 4:2:0 with gray chroma, video range, 30 frames a second."""
    height, width = planes[0].shape
    header = Y4mHeader((f"W{width}", f"H{height}", "F30:1", "Ip", "A1:1", "C420jpeg", "XCOLORRANGE=LIMITED"))
    chroma = bytes([_GRAY]) * (2 * ((height + 1) // 2) * ((width + 1) // 2))
    with open(path, "wb") as file:
        file.write(header.line())
        for plane in planes:
            file.write(b"FRAME\n" + plane.tobytes() + chroma)


def read_video(path: Path, count: int) -> list[np.ndarray | Failed]:
    """Reads the luma of a YUV4MPEG2 file of `count` 8-bit frames in video range, or says for each why there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return _all(count, f"it made no {path.name}")
    try:
        reader = Y4mReader(descriptor)
        if reader.info.colour[3] == 2:
            return _all(count, f"{path.name} is in full range; it must keep the input's")
        # Copied, since the frame that holds the samples ends with the loop. One frame more than `count` is read to
        # detect too many.
        planes = [samples(frame, 0).copy() for frame, _ in zip(reader, range(count + 1), strict=False)]
    except (CrispenError, OSError) as error:
        return _all(count, f"{path.name}: {error}")
    finally:
        os.close(descriptor)
    if len(planes) != count:
        found = f"more frames than {count}" if len(planes) > count else f"{len(planes)} frames, not {count}"
        return _all(count, f"{path.name} holds {found}")
    if planes[0].dtype != np.uint8:
        return _all(count, f"{path.name} is {reader.info.pixel_format}; 8 bits a sample are expected")
    return list(planes)


def _all(count: int, reason: str) -> list[np.ndarray | Failed]:
    return [Failed(reason)] * count
