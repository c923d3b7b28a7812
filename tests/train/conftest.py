import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

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


@pytest.fixture
def vgg(tmp_path):
    """Random VGG-16 weights up to conv3_3, with the real names and few channels."""
    shapes = {0: (3, 4), 2: (4, 4), 5: (4, 5), 7: (5, 5), 10: (5, 6), 12: (6, 6), 14: (6, 6)}
    layers = {index: torch.nn.Conv2d(*channels, 3) for index, channels in shapes.items()}
    tensors = {
        f"features.{index}.{name}": value for index, conv in layers.items() for name, value in conv.state_dict().items()
    }
    save_file(tensors, tmp_path / "vgg.safetensors")
    return tmp_path / "vgg.safetensors"
