"""A clip for a fake camera, each frame with its number in a strip of bars, so that what arrives can be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FRAMES = 480, 360, 60
BITS, STRIP = 8, 24  # the strip's bars, the number and its complement, and the rows that they take at the bottom
BODY = slice(0, HEIGHT - STRIP - 16)  # rows far enough from the strip to be judged


def stamped(y: np.ndarray, number: int) -> np.ndarray:
    """A luma plane, (HEIGHT, WIDTH) uint8, with `number` in its strip."""
    bits = [number >> bit & 1 for bit in range(BITS)]
    bars = np.array([*bits, *(1 - bit for bit in bits)], np.uint8)
    y = y.copy()
    y[-STRIP:] = np.repeat(48 + 160 * bars, WIDTH // len(bars))
    return y


def number_of(y: np.ndarray) -> int | None:
    """The number in a plane's strip, at any size; None where it cannot be told."""
    rows = y[round(y.shape[0] * (1 - 0.7 * STRIP / HEIGHT)) : round(y.shape[0] * (1 - 0.3 * STRIP / HEIGHT))]
    bars = np.array([part[:, part.shape[1] // 3 : -part.shape[1] // 3].mean() for part in np.array_split(rows, 2 * BITS, 1)])
    bits = bars > 128
    if (bits[:BITS] == bits[BITS:]).any() or np.abs(bars - 128).min() < 24:
        return None
    return int(sum(1 << bit for bit in range(BITS) if bits[bit]))


def portrait() -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
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
        u, v = frame.u.copy(), frame.v.copy()
        u[-STRIP // 2 :] = v[-STRIP // 2 :] = 128
        found.append((stamped(frame.y, number), u, v))
    return found


def write_camera(path: Path, frames: list[tuple[np.ndarray, np.ndarray, np.ndarray]], rate: int = 30) -> None:
    """What Chromium's fake camera reads: YUV4MPEG2."""
    with open(path, "wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for planes in frames:
            file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))
