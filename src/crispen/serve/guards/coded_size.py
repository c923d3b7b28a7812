"""The size of a coded picture, read from its header, before anything is decoded or memory is taken for it."""

from __future__ import annotations

from contextlib import suppress

Size = tuple[int, int]

_SPS, _KIND = 7, 0x1F  # type of a NAL unit that holds a sequence parameter set, and the bits that tell the type
_SETS = 4  # parameter sets in one picture; encoders send one
_WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 144}  # profiles with a chroma format, as FFmpeg has them


def coded_size(codec: str, data: bytes) -> Size | None:
    """(width, height) that a picture claims; None where it claims none, and is decoded at the size of those before.

    codec: "VP8" or "H264"; data: one picture, H.264 with start codes. The size is the coded one, before cropping; the
    largest, where an H.264 picture brings several parameter sets. Raises ValueError for a header that is broken off or
    contradicts the standard.
    """
    return {"VP8": _vp8, "H264": _h264}[codec.upper()](data)


def _vp8(data: bytes) -> Size | None:
    """RFC 6386, 9.1."""
    if data[0] & 1:  # not a key frame
        return None
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
        raise ValueError("a key frame without its header")
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width, height


def _h264(data: bytes) -> Size | None:
    sets = [unit for unit in data.split(b"\0\0\1") if unit and unit[0] & _KIND == _SPS]
    if len(sets) > _SETS:
        raise ValueError("too many parameter sets")
    return max((_largest(unit[1:]) for unit in sets), key=_area, default=None)


def _largest(unit: bytes) -> Size:
    """Of one parameter set; where FFmpeg fails to read it, it tries again with the escaped bytes as they are."""
    found = []
    for form in {unit.replace(b"\0\0\3", b"\0\0"), unit}:
        with suppress(ValueError):
            found.append(_of_parameters(form))
    if not found:
        raise ValueError("a parameter set cannot be read")
    return max(found, key=_area)


def _area(size: Size) -> int:
    return size[0] * size[1]


def _of_parameters(unit: bytes) -> Size:
    """ITU-T H.264, 7.3.2.1.1."""
    bits = _Bits(unit)
    profile = bits.read(8)
    bits.read(16)  # constraints and level
    bits.unsigned()  # its number
    if profile in _WITH_CHROMA:
        chroma = bits.unsigned()
        if chroma == 3:
            bits.read(1)
        bits.unsigned()  # depth of luma
        bits.unsigned()  # and of chroma
        bits.read(1)
        if bits.read(1):
            for number in range(12 if chroma == 3 else 8):
                if bits.read(1):
                    _skip_scaling(bits, 16 if number < 6 else 64)
    bits.unsigned()  # length of a frame's number
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.read(1)
        bits.unsigned()
        bits.unsigned()
        for _ in range(bits.unsigned(255)):
            bits.unsigned()
    bits.unsigned()  # reference frames
    bits.read(1)
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    return 16 * columns, 16 * rows * (1 if bits.read(1) else 2)  # twice as many where there may be fields


def _skip_scaling(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            coded = bits.unsigned()
            following = (last + (-(coded // 2) if coded % 2 == 0 else coded // 2 + 1)) % 256
        last = following or last


class _Bits:
    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def read(self, count: int) -> int:
        """The next `count` bits, the first one the highest."""
        end = self._at + count
        if end > 8 * len(self._data):
            raise ValueError("a parameter set is broken off")
        held = int.from_bytes(self._data[self._at // 8 : (end + 7) // 8], "big")
        self._at = end
        return held >> -end % 8 & (1 << count) - 1

    def unsigned(self, most: int = 2**32) -> int:
        """An Exp-Golomb number, at most `most`; a signed one has as many bits."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("a parameter set has a number that is too large")
        value = (1 << zeros) - 1 + self.read(zeros)
        if value > most:
            raise ValueError("a parameter set has a number that is too large")
        return value
