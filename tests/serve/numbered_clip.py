"""A clip for a fake camera whose frames carry their number as a strip of bars, to match received ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FRAMES = 480, 360, 60  # of `portrait`
BITS, SHARE = 8, 15  # bits of the number; the strip is the lowest 1/15 of the rows

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]


def stamped(y: np.ndarray, u: np.ndarray, v: np.ndarray, number: int) -> Planes:
    """4:2:0 planes with `number`, 0 to 255, in the strip. The width must be a multiple of 32."""
    y, u, v = (plane.copy() for plane in (y, u, v))
    bits = [number >> bit & 1 for bit in range(BITS)]
    bars = np.array([*bits, *(1 - bit for bit in bits)], np.uint8)
    y[-(y.shape[0] // SHARE) :] = np.repeat(48 + 160 * bars, y.shape[1] // len(bars))
    u[-(y.shape[0] // SHARE // 2) :] = v[-(y.shape[0] // SHARE // 2) :] = 128
    return y, u, v


def number_of(y: np.ndarray) -> int | None:
    """The number in a plane's strip, at any size; None if it is not readable."""
    strip = y.shape[0] / SHARE
    rows = y[round(y.shape[0] - 0.7 * strip) : round(y.shape[0] - 0.3 * strip)]
    parts = np.array_split(rows, 2 * BITS, axis=1)
    bars = np.array([part[:, part.shape[1] // 3 : -(part.shape[1] // 3)].mean() for part in parts])
    bits = bars > 128
    if (bits[:BITS] == bits[BITS:]).any() or np.abs(bars - 128).min() < 24:
        return None
    return sum(1 << bit for bit in range(BITS) if bits[bit])


def body(y: np.ndarray) -> np.ndarray:
    """The rows that the strip does not affect."""
    return y[: -(y.shape[0] // SHARE) - 16]


def portrait() -> list[Planes]:
    """Planes of FRAMES frames of a face with fine detail that moves in a closed loop."""
    from skimage import data

    from crispen.frame import frame_from_rgb

    astronaut = data.astronaut()  # not enlarged, which would blur it
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
    """Writes YUV4MPEG2, which Chromium's fake camera reads."""
    height, width = frames[0][0].shape
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for planes in frames:
            file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))
