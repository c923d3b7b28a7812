"""The pictures of a study: the same ones in a folder per condition, and degraded ones for attention checks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageStat

from crispen.errors import CrispenError
from crispen.image.image_reader import load_picture
from crispen.image.image_writer import PICTURE_SUFFIXES
from crispen.image.picture import upright_picture
from crispen.media.file_tree import find_files

_REDUCTION = 8  # times that the picture of an attention check is reduced
_BLUR = 2.0  # sigma of its blur, in pixels
_VISIBLE = 2.0  # levels of luma, mean absolute, from which on the degradation is visible


def find_study_pictures(folders: Mapping[str, Path]) -> dict[str, dict[str, Path]]:
    """Finds the pictures that all `folders` (by condition) hold, by their names without suffixes.

    Returns:
        {picture: {condition: file}}.

    Raises:
        CrispenError: If a folder lacks a picture of another one, or holds none or two of one name.
    """
    found = {condition: _pictures_in(folder) for condition, folder in folders.items()}
    first = next(iter(folders))
    for condition in found:
        for one, other in ((first, condition), (condition, first)):
            missing = sorted(found[one].keys() - found[other].keys())
            if missing:
                raise CrispenError(
                    f"{folders[other]} has no {missing[0]}, which is in {folders[one]}; add or remove it"
                )
    return {name: {condition: found[condition][name] for condition in folders} for name in found[first]}


def _pictures_in(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of pictures for each condition")
    pictures: dict[str, Path] = {}
    for path in find_files(folder, PICTURE_SUFFIXES):
        if path.name.startswith("."):
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in pictures:
            raise CrispenError(f"{path} and {pictures[name]} have one name; keep one of them")
        pictures[name] = path
    if not pictures:
        raise CrispenError(f"{folder} holds no picture; put PNG, JPEG, WebP, TIFF or BMP files in it")
    return pictures


def load_rgb(path: Path) -> Image.Image:
    """Reads an upright 8-bit sRGB picture without metadata.

    Raises:
        CrispenError: If it is broken, an animation, partly transparent, or neither RGB nor 8-bit gray.
    """
    picture = load_picture(path)
    if picture.deep:
        raise CrispenError(f"{path} has 16 bits a channel, a study shows 8; save it as such first")
    assert isinstance(picture.canvas, Image.Image)
    if picture.has_alpha and picture.canvas.getchannel("A").getextrema() != (255, 255):
        raise CrispenError(f"{path} is partly transparent; save it on a background first")
    profile = picture.metadata.icc
    canvas = upright_picture(picture).canvas
    assert isinstance(canvas, Image.Image)
    rgb = canvas.convert("RGB")
    if profile and picture.colour != "grey":
        try:
            rgb = ImageCms.profileToProfile(
                rgb, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            )
        except ImageCms.PyCMSError as error:
            raise CrispenError(f"{path} has a colour profile that cannot be used ({error}); save it as sRGB") from None
        assert rgb is not None
    return Image.fromarray(np.asarray(rgb))


def degrade(image: Image.Image) -> Image.Image:
    """Degrades `image` clearly: reduced eight times, enlarged again and blurred; of the same size."""
    small = image.resize([max(1, side // _REDUCTION) for side in image.size], Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(_BLUR))


def is_visible(image: Image.Image, degraded: Image.Image) -> bool:
    """Whether the degradation is visible. In a picture without detail it is not."""
    return ImageStat.Stat(ImageChops.difference(image, degraded).convert("L")).mean[0] >= _VISIBLE
