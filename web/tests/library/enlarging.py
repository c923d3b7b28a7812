"""Whether a video that is shown a little larger than it is should be enlarged before it is sharpened, and who can tell.

    python web/tests/library/enlarging.py CLIP...

Means over the clips of PSNR-Y in dB against the truth: of the video as a browser shows it (bilinear), of the video
sharpened at its own size and then shown, of the video enlarged twofold, sharpened, and then shown, and of whichever the
router expects more of. Then the largest loss of always enlarging twofold, and of following the router, against the
better of both sizes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from crispen import Sharpener
from crispen.degrade.codecs import Codec
from crispen.degrade.condition import Condition, receive
from crispen.degrade.resampling import resize, resize_plane
from crispen.frame import Frame
from crispen.media.av_planes import frame_from_av
from crispen.metrics.psnr import psnr
from crispen.runtime.model_files import find_model
from crispen.runtime.router import Router
from crispen.runtime.stream_info import StreamInfo, scaled_by

FRAMES, WIDTH = 16, 640
CODECS = {
    "H.264, 0.05": Codec("h264", 0.05),
    "H.264, 0.1": Codec("h264", 0.1),
    "VP8, 0.1": Codec("vp8", 0.1),
}
SCALES = 1.2, 1.35, 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--model", default="balanced")
    args = parser.parse_args()
    router = find_model(args.model, "f32").router
    assert router, "the model has no router"
    clips = [_frames(path) for path in args.clips]
    print("| codec, bit/pixel | scale | received | own size | twofold | router's | twofold loses | router's loses |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, codec in CODECS.items():
        for scale in SCALES:
            rows = np.array([_row(clip, codec, scale, args.model, router) for clip in clips])
            _, own, twofold, chosen = rows.T
            losses = [np.max(np.maximum(own, twofold) - each) for each in (twofold, chosen)]
            cells = " | ".join(f"{each:.2f}" for each in (*rows.mean(0), *losses))
            print(f"| {name} | {scale} | {cells} |", flush=True)


def _row(clip: list[Frame], codec: Codec, scale: float, model: str, router: Router) -> list[float]:
    """PSNR-Y: received, sharpened at its own size, sharpened at twice that, and at what the router expects more of."""
    height, width = clip[0].y.shape
    rows, columns = (int(side / scale) // 2 * 2 for side in (height, width))
    small = [resize(frame, rows, columns, "cv2-area") for frame in clip]
    received = [frame.y for frame in receive(small, Condition(codec=codec), np.random.default_rng(0))]
    doubled = [resize_plane(y, 2 * rows, 2 * columns, "cv2-cubic") for y in received]
    dbs, expected = [_near(clip, received)], []
    for planes in (received, doubled):
        info = scaled_by(rows, len(planes[0]))  # as the browser tells it
        with Sharpener(model, precision="f32") as sharpener:
            sharpener.stream_info = info
            dbs.append(_near(clip, [sharpener.luma(y, video=True) for y in planes]))
        expected.append(float(np.mean([_expected(router, y, info) for y in planes[::4]])))
    return [*dbs, dbs[1 + int(np.argmax(expected))]]


def _near(clip: list[Frame], planes: Sequence[np.ndarray]) -> float:
    height, width = clip[0].y.shape
    shown = [resize_plane(y, height, width, "pil-bilinear" if len(y) > height else "cv2-linear") for y in planes]
    return float(np.mean([psnr(frame.y, y) for frame, y in zip(clip, shown, strict=True)]))


def _expected(router: Router, y: np.ndarray, info: StreamInfo) -> float:
    """How much the best choice is expected to gain over strength 0, dB."""
    gains = router.gains(y, info)
    if not gains:
        return 0.0
    idle = [gain for choice, gain in gains.items() if choice.strength == 0]
    return max(gains.values()) - max(idle)


def _frames(path: Path) -> list[Frame]:
    """The first frames of a video, at most WIDTH columns wide."""
    with av.open(path) as container:
        decoded = [frame_from_av(frame) for _, frame in zip(range(FRAMES), container.decode(video=0), strict=False)]
    height, width = decoded[0].y.shape
    factor = min(1.0, WIDTH / width)
    size = [int(side * factor) // 4 * 4 for side in (height, width)]
    return [resize(frame, size[0], size[1], "cv2-area") for frame in decoded]


if __name__ == "__main__":
    main()
