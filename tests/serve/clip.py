"""A clip for a fake camera, each frame with its number in a strip of bars, so that what arrives can be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FRAMES = 480, 360, 60  # of the portrait
BITS, SHARE = 8, 15  # the number and its complement, in bars over the lowest fifteenth of the rows

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def stamped(y: np.ndarray, u: np.ndarray, v: np.ndarray, number: int) -> Planes:
    """Planes of 4:2:0 whose width is a multiple of 32, with `number`, 0 to 255, in their strip."""
    y, u, v = (plane.copy() for plane in (y, u, v))
    bits = [number >> bit & 1 for bit in range(BITS)]
    bars = np.array([*bits, *(1 - bit for bit in bits)], np.uint8)
    y[-(y.shape[0] // SHARE) :] = np.repeat(48 + 160 * bars, y.shape[1] // len(bars))
    u[-(y.shape[0] // SHARE // 2) :] = v[-(y.shape[0] // SHARE // 2) :] = 128
    return y, u, v


def number_of(y: np.ndarray) -> int | None:
    """The number in a plane's strip, at any size; None where it cannot be told."""
    strip = y.shape[0] / SHARE
    rows = y[round(y.shape[0] - 0.7 * strip) : round(y.shape[0] - 0.3 * strip)]
    parts = np.array_split(rows, 2 * BITS, axis=1)
    bars = np.array([part[:, part.shape[1] // 3 : -(part.shape[1] // 3)].mean() for part in parts])
    bits = bars > 128
    if (bits[:BITS] == bits[BITS:]).any() or np.abs(bars - 128).min() < 24:
        return None
    return sum(1 << bit for bit in range(BITS) if bits[bit])


def body(y: np.ndarray) -> np.ndarray:
    """The rows that are far enough from the strip to be judged."""
    return y[: -(y.shape[0] // SHARE) - 16]


def portrait() -> list[Planes]:
    """Planes of FRAMES frames that sway as someone in a call does, around and back: a face, and much fine detail."""
    from skimage import data

    from crispen.frame import frame_from_rgb

    astronaut = data.astronaut()  # at its own size, for what was enlarged is soft
    found = []
    for number in range(FRAMES):
        angle = 2 * np.pi * number / FRAMES
        left, top = 16 + round(14 * np.sin(angle)), 20 + round(8 * np.sin(2 * angle))
        part = astronaut[top : top + HEIGHT, left : left + WIDTH]
        frame = frame_from_rgb(part)
        assert frame.u is not None and frame.v is not None
        found.append(stamped(frame.y, frame.u, frame.v, number))
    return found


def write_camera(path: Path, frames: list[Planes], rate: int = 30) -> None:
    """What Chromium's fake camera reads: YUV4MPEG2."""
    height, width = frames[0][0].shape
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for planes in frames:
            file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))
