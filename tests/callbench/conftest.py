import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def folder(natural, tmp_path_factory):
    """The photographs as PNG files, one in a subfolder."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "things").mkdir()
    Image.fromarray(np.ascontiguousarray(natural["astronaut"])).save(folder / "astronaut.png")
    Image.fromarray(np.ascontiguousarray(natural["coffee"])).save(folder / "things" / "coffee.png")
    return folder
