"""Measures calls of a real browser through `crispen serve`, prints a table and draws a figure.

    python tools/serve_quality.py CLIP docs/serve.svg

A headless Chromium with CLIP as its camera sends its video to a server on loopback, at the bitrates and sizes of calls,
and receives it sharpened. Frames are matched by their numbers, which a strip of bars encodes, and compared with the
clip: as received by the server (the call without Crispen, enlarged to the camera's size), as sharpened, and as decoded
by the browser at 2.5 Mbit/s. Requires a checkout, `pip install -e '.[test]'` and Debian's chromium.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "serve"))

from browser import Browser  # noqa: E402  # pyright: ignore[reportMissingImports]
from numbered_clip import stamped, write_camera  # noqa: E402  # pyright: ignore[reportMissingImports]
from server_in_thread import call, quality, received_frames, serving  # noqa: E402  # pyright: ignore[reportMissingImports]

from crispen.media.frame_fitting import FrameFitter  # noqa: E402
from crispen.media.plane_layout import samples  # noqa: E402

CALLS = [(200, 3), (150, 2), (300, 2), (300, 1), (600, 1)]  # kbit/s, downscaling
MOST, SETTLING, MEASURED = 60, 6, 90  # frames of the clip, seconds before the measurement, frames measured
SHADES = {"received": "#9a9a9a", "sharpened": "#0b6e62", "back in the browser": "#5cc9b8"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures calls with and without Crispen.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("figure", type=Path)
    parser.add_argument("--size", default="640x480", help="of the camera (default %(default)s)")
    parser.add_argument("--model", default="balanced")
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    clip = read(args.clip, width, height)
    rows = measure(clip, args.model)
    headings = "received, dB | sharpened | returned | received, SSIM | sharpened | returned | added, median ms | 95 %"
    print(f"| call | {headings} |\n|---|" + "--:|" * 8)
    for name, found, state in rows:
        psnr = " | ".join(f"{each[0]:.2f}" for each in found.values())
        ssim = " | ".join(f"{each[1]:.4f}" for each in found.values())
        print(f"| {name} | {psnr} | {ssim} | {state['added_ms']['p50']:.1f} | {state['added_ms']['p95']:.1f} |")
    draw(rows, args.figure)


def read(path: Path, width: int, height: int) -> list:
    """Numbered frames of the clip, forwards and backwards, so that the camera can loop without a cut."""
    fit, planes = FrameFitter(width, height, 1), []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            fitted = fit(frame)
            planes.append([samples(fitted, index).copy() for index in range(3)])
            if len(planes) == MOST:
                break
    return [stamped(*each, number) for number, each in enumerate(planes + planes[-2:0:-1])]


def measure(clip: list, model: str) -> list:
    """(name of the call, {kind of frames: (PSNR, SSIM)}, the server's statistics) for each of CALLS."""
    height, width = clip[0][0].shape
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        write_camera(Path(folder) / "camera.y4m", clip)
        with serving() as server, Browser(Path(folder) / "camera.y4m") as browser:
            for rate, scale in CALLS:
                call(browser, server.url, (width, height), 1000 * rate, scale, f"height={height}&model={model}")
                time.sleep(SETTLING)
                seen = server.recorder
                seen.before.clear()
                seen.after.clear()
                seen.on = True
                back = received_frames(browser, MEASURED)
                seen.on = False
                state = browser.run("state()")
                same = seen.before.keys() & back.keys()
                found = dict(zip(SHADES, (seen.before, seen.after, back), strict=True))
                scores = {key: quality({n: planes[n] for n in same}, clip) for key, planes in found.items()}
                rows.append((f"{rate} kbit/s, {state['width']}x{state['height']}", scores, state))
                browser.run("fetch(where, {method: 'DELETE'}).then(() => pc.close())")
    return rows


def draw(rows: list, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "crispen", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for index, (axis, title) in enumerate(zip(axes, ("PSNR-Y, dB", "SSIM-Y"), strict=True)):
        values = [[found[key][index] for key in SHADES] for _, found, _ in rows]
        axis.vlines(
            range(len(rows)), *np.transpose([(min(row), max(row)) for row in values]), color="#d0d0d0", zorder=0
        )
        for place, (key, shade) in enumerate(SHADES.items()):
            axis.scatter(range(len(rows)), [row[place] for row in values], 60, shade, marker="os^"[place], label=key)
        axis.margins(0.08)
        axis.set_xticks(range(len(rows)), [name.replace(", ", "\n") for name, _, _ in rows])
        axis.set_title(title, loc="left")
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", alpha=0.3)
        axis.set_axisbelow(True)
    axes[0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
