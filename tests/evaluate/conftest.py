import numpy as np
import pytest
from PIL import Image
from skimage import data


@pytest.fixture(scope="session")
def natural():
    """Two (H, W, 3) uint8 photographs that ship with scikit-image, small: a face and a still life."""
    return {"astronaut": data.astronaut()[0:160, 140:332], "coffee": data.coffee()[100:228, 200:360]}


@pytest.fixture(scope="session")
def folder(natural, tmp_path_factory):
    """The photographs as PNG files, one in a subfolder."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "things").mkdir()
    Image.fromarray(np.ascontiguousarray(natural["astronaut"])).save(folder / "astronaut.png")
    Image.fromarray(np.ascontiguousarray(natural["coffee"])).save(folder / "things" / "coffee.png")
    return folder
