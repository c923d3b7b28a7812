"""Draws docs/before_after.png: received, sharpened and true frame of the example call, zoomed in on a face and a hand.

python tools/before_after.py CLIP docs/before_after.png

CLIP is the clean clip that `examples/make_call.py` made the call from.
"""

import sys
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from crispen import Sharpener, StreamInfo
from crispen.frame import Frame
from crispen.image.yuv_conversion import rgb_from_planes
from crispen.media.av_planes import frame_from_av

FRAME, ZOOM = 60, 3
WINDOWS = ((70, 230), (200, 250))  # (top, left) in the frame
HEIGHT, WIDTH = 96, 140
CALL = Path(__file__).parent.parent / "examples/call.mp4"


def frames_of(path: str | Path) -> list[Frame]:
    with av.open(str(path)) as container:
        return [frame_from_av(picture) for picture in container.decode(video=0)]


def main(clip: str, target: str) -> None:
    frames, truth = frames_of(CALL), frames_of(clip)[FRAME]
    received = frames[FRAME]
    with Sharpener("balanced") as sharpener:
        sharpener.stream_info = StreamInfo(factor=2)  # the call was sent at half of its size
        sharp = received.with_luma([sharpener.luma(frame.y, video=True) for frame in frames[: FRAME + 1]][-1])
    columns = {"received": received, "Crispen, balanced": sharp, "truth": truth}
    font = ImageFont.load_default(size=20)
    cell_width, cell_height = WIDTH * ZOOM, HEIGHT * ZOOM
    sheet = Image.new("RGB", (3 * cell_width + 16, 30 + 2 * cell_height + 8), "white")
    draw = ImageDraw.Draw(sheet)
    for column, (name, frame) in enumerate(columns.items()):
        x = column * (cell_width + 8)
        error = np.mean((frame.y.astype(float) - truth.y) ** 2)
        score = f", {10 * np.log10(255**2 / error):.2f} dB" if error else ""
        draw.text((x, 2), name + score, "black", font)
        planes = [plane for plane in (frame.y, frame.u, frame.v) if plane is not None]
        rgb = rgb_from_planes(planes, 8, frame.colour.matrix, frame.colour.full_range, 255)
        for row, (top, left) in enumerate(WINDOWS):
            crop = Image.fromarray(rgb[top : top + HEIGHT, left : left + WIDTH])
            enlarged = crop.resize((cell_width, cell_height), Image.Resampling.BICUBIC)
            sheet.paste(enlarged, (x, 30 + row * (cell_height + 8)))
    sheet.save(target, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
