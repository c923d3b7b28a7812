"""ICC profiles equivalent to code points of ITU-T H.273, for formats that cannot hold code points."""

from __future__ import annotations

import struct

import numpy as np

from crispen.frame import Colour

_D65, _D50 = (0.3127, 0.3290), (0.96422, 1.0, 0.82521)
_BT709_RGB, _P3_RGB = ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)), ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
_SMPTE_RGB = ((0.63, 0.34), (0.31, 0.595), (0.155, 0.07))
# Code point of primaries -> (x, y) of red, green and blue, and of white.
_PRIMARIES = {
    1: (_BT709_RGB, _D65), 2: (_BT709_RGB, _D65), 6: (_SMPTE_RGB, _D65), 7: (_SMPTE_RGB, _D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), (0.31, 0.316)),
    5: (((0.64, 0.33), (0.29, 0.6), (0.15, 0.06)), _D65),
    9: (((0.708, 0.292), (0.17, 0.797), (0.131, 0.046)), _D65),
    11: (_P3_RGB, (0.314, 0.351)), 12: (_P3_RGB, _D65),
    22: (((0.63, 0.34), (0.295, 0.605), (0.155, 0.077)), _D65),
}  # fmt: skip
_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT709 = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
# Code point of the transfer -> g, a, b, c, d of a parametric curve: (a x + b)^g for x >= d, c x below.
_CURVES = {
    1: _BT709, 6: _BT709, 14: _BT709, 15: _BT709, 13: _SRGB, 2: _SRGB, 4: (2.2, 1, 0, 0, 0), 5: (2.8, 1, 0, 0, 0),
    8: (1, 1, 0, 0, 0),
}  # fmt: skip
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def icc_profile_for(colour: Colour) -> bytes:
    """An ICC profile, version 4, of primaries and an SDR transfer; b"" for unknown code points and HDR."""
    curve = _CURVES.get(colour.transfer)
    if curve is None or colour.primaries not in _PRIMARIES:
        return b""
    points, white_point = _PRIMARIES[colour.primaries]
    white = _xyz(white_point)
    adapted = _adaptation(white)
    columns = np.stack([_xyz(point) for point in points], axis=1)
    columns = adapted @ (columns * np.linalg.solve(columns, white))
    para = struct.pack(">4sIHH", b"para", 0, 3, 0) + _fixed(*curve)
    xyz = {name: b"XYZ \0\0\0\0" + _fixed(*columns[:, index]) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags = {
        b"desc": _text(f"H.273 primaries {colour.primaries}, transfer {colour.transfer}"), b"cprt": _text("CC0"),
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_D50), b"chad": b"sf32\0\0\0\0" + _fixed(*adapted.ravel()), **xyz,
        b"rTRC": para, b"gTRC": para, b"bTRC": para,
    }  # fmt: skip
    at, table, body = 132 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    header = bytes(8) + struct.pack(">I", 0x04300000) + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    header += _fixed(*_D50)
    whole = header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def _xyz(point: tuple[float, float]) -> np.ndarray:
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


def _adaptation(white: np.ndarray) -> np.ndarray:
    """The Bradford matrix that adapts colours from the white point `white` to D50, which ICC profiles use."""
    scale = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    return np.linalg.inv(_BRADFORD) @ (scale[:, None] * _BRADFORD)


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(words: str) -> bytes:
    letters = words.encode("utf-16-be")
    return struct.pack(">4sIII4sII", b"mluc", 0, 1, 12, b"enUS", len(letters), 28) + letters
