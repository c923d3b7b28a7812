"""AVIF and HEIC files that Pillow cannot write: grids of tiles, 10 bits, HEVC (ISO/IEC 23008-12)."""

import struct
from fractions import Fraction

import av
import numpy as np
from PIL import Image

from crispen.media.scheduling import preserve_scheduling


def smooth(width: int, height: int, mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(5).integers(0, 256, (4, 6, 4), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


def coded(image: Image.Image, codec: str, pixel_format: str, colours=(1, 13, 1)) -> tuple[bytes, bytes]:
    """Configuration and sample of one picture in full range, as MP4 has them."""
    encoder = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *image.size, pixel_format
    encoder.time_base = Fraction(1, 25)
    quiet = {"x265-params": "log-level=none:range=full:info=0"} if codec == "libx265" else {}
    encoder.options = {"crf": "6", **quiet}
    encoder.color_primaries, encoder.color_trc, encoder.colorspace = colours
    encoder.color_range = 2
    frame = av.VideoFrame.from_image(image).reformat(
        format=pixel_format, dst_colorspace="itu709", dst_color_range="JPEG"
    )
    frame.color_range, frame.pts = 2, 0
    with preserve_scheduling():
        data = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    deep = pixel_format.endswith("10le")
    if codec == "libsvtav1":
        return bytes((0x81, 0, 0x4C if deep else 0x0C, 0)), data
    units = [unit.rstrip(b"\0") for unit in data.split(b"\0\0\1")[1:]]
    sets = [unit for unit in units if unit[0] >> 1 & 63 in (32, 33, 34)]
    chroma = 3 if "444" in pixel_format else 1
    head = b"\1" + bytes(15) + bytes((0xFC | chroma, 0xF8 | 2 * deep, 0xF8 | 2 * deep, 0, 0, 0x0F, len(sets)))
    arrays = b"".join(struct.pack(">BHH", unit[0] >> 1 & 63, 1, len(unit)) + unit for unit in sets)
    return head + arrays, b"".join(struct.pack(">I", len(unit)) + unit for unit in units if unit not in sets)


def heif(
    tiles,
    codec: str,
    pixel_format: str,
    size,
    columns: int,
    brand: bytes,
    points=(1, 13, 1),
    more: bytes = b"",
    exif=b"",
) -> bytes:
    """A file of a grid of `tiles`, written here from the standard."""
    parts = [coded(tile, codec, pixel_format, points) for tile in tiles]
    kind, configuration = (b"hvc1", b"hvcC") if codec == "libx265" else (b"av01", b"av1C")
    count = len(parts)
    grid = bytes((0, 0, count // columns - 1, columns - 1)) + struct.pack(">HH", *size)
    contents = [(kind, sample) for _, sample in parts] + [(b"grid", grid)]
    if exif:
        contents.append((b"Exif", struct.pack(">I", 0) + exif))
    properties = [box(b"ispe", struct.pack(">III", 0, *tiles[0].size)), box(b"ispe", struct.pack(">III", 0, *size))]
    properties += [box(b"colr", b"nclx" + struct.pack(">HHHB", *points, 0x80)), more] if more else [
        box(b"colr", b"nclx" + struct.pack(">HHHB", *points, 0x80))
    ]  # fmt: skip
    first = len(properties) + 1
    properties += [box(configuration, extra) for extra, _ in parts]
    bound = [(id, [1, first + id - 1]) for id in range(1, count + 1)] + [(count + 1, [2, 3] + [4] * bool(more))]
    ipma = b"".join(struct.pack(f">HB{len(at)}B", id, len(at), *at) for id, at in bound)
    infe = b"".join(
        box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", id, 0, name) + b"\0")
        for id, (name, _) in enumerate(contents, 1)
    )
    dimg = box(b"dimg", struct.pack(f">HH{count}H", count + 1, count, *range(1, count + 1)))
    cdsc = box(b"cdsc", struct.pack(">HHH", count + 2, 1, count + 1)) if exif else b""

    def meta(start: int) -> bytes:
        iloc = struct.pack(">IHH", 0, 0x4400, len(contents))
        for id, (_, body) in enumerate(contents, 1):
            iloc += struct.pack(">HHHII", id, 0, 1, start, len(body))
            start += len(body)
        return box(
            b"meta",
            bytes(4) + box(b"hdlr", bytes(8) + b"pict" + bytes(13)) + box(b"pitm", struct.pack(">IH", 0, count + 1))
            + box(b"iinf", struct.pack(">IH", 0, len(contents)) + infe) + box(b"iref", bytes(4) + dimg + cdsc)
            + box(b"iprp", box(b"ipco", b"".join(properties)) + box(b"ipma", struct.pack(">II", 0, len(bound)) + ipma))
            + box(b"iloc", iloc),
        )  # fmt: skip

    head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", b"".join(body for _, body in contents))


def grid_of(image: Image.Image, side: int) -> list[Image.Image]:
    boxes = [(x, y, x + side, y + side) for y in range(0, image.height, side) for x in range(0, image.width, side)]
    return [image.crop(at) for at in boxes]
