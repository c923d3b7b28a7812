"""A small pair set, and the pictures and videos that tests build sets from."""

import json

import av
import cv2
import numpy as np
from PIL import Image

from crispen.data.pair_builder import BuildConfig

CONFIG = BuildConfig(clips=6, validation_clips=2, region=(128, 256), clips_per_shard=3, seed=5)


def paint(path, seed, size=(160, 288)):
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(30, 220, (size[0] // 16, size[1] // 16, 3)).astype(np.float32)
    Image.fromarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 255).astype(np.uint8)).save(
        path
    )


def film(path, height, width, rates=30, frames=40):
    """A lossless video; frame k has level 20 + 4 k in its left half and 120 in its right half."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rates)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 120, np.uint8), format="yuv420p")
            y = np.full((height, width), 120, np.uint8)
            y[:, : width // 2] = 20 + 4 * number
            plane = frame.planes[0]
            np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, :width] = y
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def rows_of(pairs, part="train"):
    """The lines of the tiles of `part`, in the order of the tiles."""
    return [
        json.loads(line) for path in sorted((pairs / part).glob("*.jsonl")) for line in path.read_text().splitlines()
    ]
