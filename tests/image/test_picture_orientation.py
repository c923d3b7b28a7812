"""Orientation of pictures. The oracle is Pillow's display of source and output."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture

DEEP = np.arange(6 * 4, dtype=np.uint16).reshape(6, 4) * 2000


def seen(path) -> np.ndarray:
    with Image.open(io.BytesIO(path.read_bytes())) as image:  # by name, Pillow 13 misreads uncompressed turned TIFF
        return np.asarray(ImageOps.exif_transpose(image)).astype(int)


@pytest.mark.parametrize("target", ["b.bmp", "b.ppm", "b.jp2", "b.png", "b.tif", "b.webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_made_upright_in_formats_without_orientation(orientation, target, tmp_path):
    rows, columns = np.mgrid[:48, :32]
    pixels = np.stack([rows * 5, columns * 7, rows + columns], axis=-1).astype(np.uint8)
    tags = Image.Exif()
    tags[0x0112] = orientation
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=tags)
    (tmp_path / target).write_bytes(encode_picture(load_picture(tmp_path / "a.png"), (tmp_path / target).suffix))
    wanted, made = seen(tmp_path / "a.png"), seen(tmp_path / target)
    assert made.shape == wanted.shape and np.abs(made - wanted).mean() < 3


@pytest.mark.parametrize("source", ["a.png", "a.tif"])
@pytest.mark.parametrize("target", ["b.png", "b.tif"])
def test_sixteen_bit_pictures_keep_their_displayed_orientation(source, target, tmp_path):
    tags = Image.Exif()
    tags[0x0112] = 6
    Image.fromarray(DEEP).save(tmp_path / source, exif=tags)
    (tmp_path / target).write_bytes(encode_picture(load_picture(tmp_path / source), (tmp_path / target).suffix))
    assert (seen(tmp_path / target) == seen(tmp_path / source)).all()
