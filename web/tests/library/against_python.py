"""Compares the browser library with Crispen's Python on clips: the choices, and PSNR against the truth.

    python web/tests/library/against_python.py CLIP...

Needs the output of `npm run models` and `npm run build`, and Chromium. Both get the same luma planes, and the browser
draws each frame with the choice that it has by then.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from crispen import Sharpener
from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition, receive
from crispen.degrade.resampling import resize_plane
from crispen.frame import Frame
from crispen.media.av_planes import frame_from_av
from crispen.metrics.psnr import psnr

HERE = Path(__file__).parent
FRAMES = 40
CONDITIONS = {  # and the expert that the browser had without a router
    "H.264 at half size": (Condition(factor=2, codec=Codec("h264", 0.1)), "small"),
    "H.264 at its own size": (Condition(codec=Codec("h264", 0.05)), "any"),
    "defocus, H.264": (Condition(defocus=2, codec=Codec("h264", 0.1)), "any"),
    "low light, H.264": (Condition(photons=150, read_noise=3, codec=Codec("h264", 0.2)), "any"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--model", default="balanced")
    args = parser.parse_args()
    print("| clip | condition | received | one expert | browser | Python | choice in the browser | in Python |")
    print("|---|---|--:|--:|--:|--:|---|---|")
    for path in args.clips:
        clip = _frames(path)
        for name, (condition, expert) in CONDITIONS.items():
            print(f"| {path.stem} | {name} | {_row(clip, condition, expert, args.model)} |", flush=True)


def _row(clip: list[Frame], condition: Condition, general: str, model: str) -> str:
    truth = [frame.y for frame in clip]
    height, width = truth[0].shape
    received = [frame.y for frame in receive(clip, condition, np.random.default_rng(0))]
    shown = [resize_plane(y, height, width, "cv2-cubic") for y in received]
    with Sharpener(model, precision="f32") as python, Sharpener(model, precision="f32", stream=general) as alone:
        sharp = [python.luma(y, video=True) for y in shown]
        fixed = [alone.luma(y, video=True) for y in shown]
        chosen = python.choice
    drawn, browsers = _drawn(received, (width, height), model)
    means = [np.mean([psnr(*pair) for pair in zip(truth, of, strict=True)]) for of in (shown, fixed, drawn, sharp)]
    experts = (f"{expert} {strength:g}" for expert, strength in (browsers, chosen))
    return " | ".join([*(f"{mean:.2f}" for mean in means), *experts])


def _frames(path: Path) -> list[Frame]:
    """The first frames of a video, with sides that are multiples of 4, so that half the size is even."""
    with av.open(path) as container:
        decoded = [frame_from_av(frame) for _, frame in zip(range(FRAMES), container.decode(video=0), strict=False)]
    height, width = (side // 4 * 4 for side in decoded[0].y.shape)
    halves = slice(height // 2), slice(width // 2)
    return [Frame(frame.y[:height, :width], frame.u[halves], frame.v[halves], frame.colour) for frame in decoded]


def _drawn(received: Sequence[np.ndarray], size: tuple[int, int], model: str) -> tuple[np.ndarray, tuple[str, float]]:
    """What the browser draws, (N, H, W) uint8, and its last choice."""
    with tempfile.TemporaryDirectory() as folder:
        planes = np.stack(received)
        (Path(folder) / "in.raw").write_bytes(planes.tobytes())
        about = {"model": model, "count": len(planes), "came": planes.shape[:0:-1], "size": size}
        words = ["node", HERE / "against_python.js", folder, json.dumps(about)]
        choice = json.loads(subprocess.check_output(words, text=True, cwd=HERE))
        drawn = np.fromfile(Path(folder) / "out.raw", np.uint8).reshape(-1, size[1], size[0])
    return drawn, (choice["expert"], choice["strength"])


if __name__ == "__main__":
    main()
