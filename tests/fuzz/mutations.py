"""Mutations of the bytes of a file: flipped bits, truncation, splices and changed header fields."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
HEADER = 256  # bytes


def flip_bits(data: bytearray, count: int, end: int, rng: np.random.Generator) -> bytearray:
    """Flips `count` random bits of the first `end` bytes."""
    for place in rng.integers(0, 8 * min(end, len(data)), count):
        data[place // 8] ^= 1 << (place % 8)
    return data


def overwrite(data: bytearray, length: int, order: str, rng: np.random.Generator) -> bytearray:
    """Writes a boundary value of `length` bytes at a random position, mostly in the header."""
    end = len(data) if rng.random() < 0.5 else min(HEADER, len(data))
    place = int(rng.integers(0, max(1, end - length)))
    value = int(rng.choice(_EDGES)) % 256**length
    data[place : place + length] = value.to_bytes(length, "little" if order == "little" else "big")
    return data


def fill(data: bytearray, value: int, rng: np.random.Generator) -> bytearray:
    """Fills a run of up to 64 bytes with one value."""
    place = int(rng.integers(0, len(data)))
    length = int(rng.integers(1, 65))
    data[place : place + length] = bytes([value]) * len(data[place : place + length])
    return data


def truncate(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Truncates the file at a random position; at least one byte remains."""
    return data[: int(rng.integers(1, len(data)))]


def splice(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Inserts a copy of a random piece of the file at another position."""
    first, last = sorted(int(each) for each in rng.integers(0, len(data), 2))
    place = int(rng.integers(0, len(data)))
    return data[:place] + data[first:last] + data[place:]


def swap(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Exchanges two pieces of the same length."""
    length = int(rng.integers(1, max(2, len(data) // 4)))
    first, second = (int(each) for each in rng.integers(0, max(1, len(data) - length), 2))
    piece = bytes(data[first : first + length])
    data[first : first + length] = data[second : second + length]
    data[second : second + length] = piece
    return data


def drop(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Removes a random piece of up to an eighth of the file."""
    place = int(rng.integers(0, len(data)))
    del data[place : place + int(rng.integers(1, max(2, len(data) // 8)))]
    return data or bytearray(b"\0")


MUTATIONS: dict[str, Callable[[bytearray, np.random.Generator], bytearray]] = {
    "bit": lambda data, rng: flip_bits(data, 1, len(data), rng),
    "bits16": lambda data, rng: flip_bits(data, 16, len(data), rng),
    "bits256": lambda data, rng: flip_bits(data, 256, len(data), rng),
    "header_bits": lambda data, rng: flip_bits(data, 4, HEADER, rng),
    "little16": lambda data, rng: overwrite(data, 2, "little", rng),
    "big16": lambda data, rng: overwrite(data, 2, "big", rng),
    "little32": lambda data, rng: overwrite(data, 4, "little", rng),
    "big32": lambda data, rng: overwrite(data, 4, "big", rng),
    "zeros": lambda data, rng: fill(data, 0, rng),
    "ones": lambda data, rng: fill(data, 255, rng),
    "truncate": truncate,
    "splice": splice,
    "swap": swap,
    "drop": drop,
}


def mutate(data: bytes, name: str, rng: np.random.Generator) -> bytes:
    """Returns `data` after the mutation `name`, one of MUTATIONS."""
    return bytes(MUTATIONS[name](bytearray(data), rng))
