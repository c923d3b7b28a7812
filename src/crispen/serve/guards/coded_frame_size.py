"""The size of a coded frame, read from its header before it is decoded."""

from __future__ import annotations

from contextlib import suppress

Size = tuple[int, int]

_SPS, _NAL_TYPE = 7, 0x1F  # the type of a NAL unit with a sequence parameter set (SPS), and the mask of the type
_MAX_SETS = 4  # SPS in one frame; encoders send one
# profile_idc values whose SPS has a chroma format, as in FFmpeg
_CHROMA_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 144}


def coded_frame_size(codec: str, data: bytes) -> Size | None:
    """(width, height) in the header of a coded frame, before cropping; None if the frame has no such header.

    A frame without a size is decoded at the size of the frames before it. Of several H.264 parameter sets in one frame
    the largest size counts.

    Args:
        codec: "VP8" or "H264".
        data: One frame; H.264 with start codes.

    Raises:
        ValueError: The header is truncated or violates the standard.
    """
    return {"VP8": _vp8, "H264": _h264}[codec.upper()](data)


def _vp8(data: bytes) -> Size | None:
    """RFC 6386, 9.1."""
    if data[0] & 1:  # not a key frame
        return None
    if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
        raise ValueError("VP8 key frame without its header")
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width, height


def _h264(data: bytes) -> Size | None:
    sets = [unit for unit in data.split(b"\0\0\1") if unit and unit[0] & _NAL_TYPE == _SPS]
    if len(sets) > _MAX_SETS:
        raise ValueError("too many parameter sets")
    return max((_largest(unit[1:]) for unit in sets), key=_area, default=None)


def _largest(unit: bytes) -> Size:
    """The size in one SPS. FFmpeg retries without removing emulation prevention bytes, so both readings count."""
    sizes = []
    for form in {unit.replace(b"\0\0\3", b"\0\0"), unit}:
        with suppress(ValueError):
            sizes.append(_sps_size(form))
    if not sizes:
        raise ValueError("unreadable H.264 parameter set")
    return max(sizes, key=_area)


def _area(size: Size) -> int:
    return size[0] * size[1]


def _sps_size(unit: bytes) -> Size:
    """The size in an SPS without its NAL unit header (ITU-T H.264, 7.3.2.1.1)."""
    bits = _Bits(unit)
    profile = bits.read(8)
    bits.read(16)  # constraint flags and level
    bits.unsigned()  # seq_parameter_set_id
    if profile in _CHROMA_PROFILES:
        chroma = bits.unsigned()
        if chroma == 3:
            bits.read(1)
        bits.unsigned()  # bit depth of luma
        bits.unsigned()  # bit depth of chroma
        bits.read(1)
        if bits.read(1):
            for number in range(12 if chroma == 3 else 8):
                if bits.read(1):
                    _skip_scaling(bits, 16 if number < 6 else 64)
    bits.unsigned()  # log2_max_frame_num
    order_type = bits.unsigned()  # pic_order_cnt_type
    if order_type == 0:
        bits.unsigned()
    elif order_type == 1:
        bits.read(1)
        bits.unsigned()
        bits.unsigned()
        for _ in range(bits.unsigned(255)):
            bits.unsigned()
    bits.unsigned()  # number of reference frames
    bits.read(1)
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    return 16 * columns, 16 * rows * (1 if bits.read(1) else 2)  # map units are field pairs if not frame_mbs_only


def _skip_scaling(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            coded = bits.unsigned()
            following = (last + (-(coded // 2) if coded % 2 == 0 else coded // 2 + 1)) % 256
        last = following or last


class _Bits:
    """Reads bits, most significant first. Raises ValueError at the end of the data."""

    def __init__(self, data: bytes):
        self._data, self._at = data, 0

    def read(self, count: int) -> int:
        """The next `count` bits as an unsigned integer."""
        end = self._at + count
        if end > 8 * len(self._data):
            raise ValueError("truncated H.264 parameter set")
        value = int.from_bytes(self._data[self._at // 8 : (end + 7) // 8], "big")
        self._at = end
        return value >> -end % 8 & (1 << count) - 1

    def unsigned(self, limit: int = 2**32) -> int:
        """An unsigned Exp-Golomb number, at most `limit`. A signed one has the same length."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("number out of range in H.264 parameter set")
        value = (1 << zeros) - 1 + self.read(zeros)
        if value > limit:
            raise ValueError("number out of range in H.264 parameter set")
        return value
