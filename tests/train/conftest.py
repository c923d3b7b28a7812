import cv2
import numpy as np
import pytest
from PIL import Image

from crispen.data.pair_builder import BuildConfig, build


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        coarse = rng.uniform(0, 255, (36, 48, 3)).astype(np.float32)
        picture = cv2.resize(coarse, (192, 144), interpolation=cv2.INTER_LANCZOS4)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(folder / f"{seed}.png")
    config = BuildConfig(clips=12, validation_clips=2, region=(128, 128), clips_per_shard=6)
    build([folder], folder / "pairs", config, jobs=1, report=lambda line: None)
    return folder / "pairs"
