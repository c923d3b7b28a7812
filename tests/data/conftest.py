import pytest
from pair_sets import CONFIG, paint

from crispen.data.pair_builder import build


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(5):
        paint(folder / f"{seed}.png", seed)
    return folder


@pytest.fixture(scope="session")
def pairs(pictures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("set") / "pairs"
    build([pictures], folder, CONFIG, jobs=1, report=lambda line: None)
    return folder
