import numpy as np
import pytest
from PIL import Image

from crispen.errors import CrispenError
from crispen.image.image_reader import load_picture


def test_a_damaged_tiff_is_an_error_without_output_of_libtiff(tmp_path, capfd):
    path = tmp_path / "damaged.tif"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    Image.fromarray(noise).save(path, compression="tiff_adobe_deflate")
    data = bytearray(path.read_bytes())
    data[1000:1200] = bytes(200)
    path.write_bytes(data)
    with pytest.raises(CrispenError, match=r"damaged\.tif is damaged"):
        load_picture(path)
    assert capfd.readouterr() == ("", "")
