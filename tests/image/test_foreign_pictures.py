"""Damaged, hostile and unusual pictures: an error in one line that names the file, or a picture."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from crispen.errors import CrispenError
from crispen.image import exif
from crispen.image import image_reader as image
from crispen.image.image_reader import load_picture
from crispen.image.image_writer import encode_picture
from crispen.image.png import SIGNATURE, chunk
from crispen.media.file_type import detect_file_type

PIXELS = np.random.default_rng(3).integers(40, 200, (48, 64, 3), dtype=np.uint8)
FORMATS = (".png", ".jpg", ".webp", ".tif", ".avif", ".bmp", ".ppm", ".jp2", ".gif")


def jpeg_with(block: bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "JPEG")
    data, body = buffer.getvalue(), exif.PREFIX + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def block(*entries: tuple[int, int, int, bytes], following: int = 0) -> bytes:
    """EXIF of one directory."""
    parts = [struct.pack(">HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries]
    return b"MM\0*\0\0\0\x08" + struct.pack(">H", len(parts)) + b"".join(parts) + struct.pack(">I", following)


TURNED = (0x112, 3, 1, b"\0\6")
BROKEN = {
    "another type": block((0x112, 2, 2, b"6\0")),
    "two orientations": block((0x112, 3, 2, b"\0\6\0\6")),
    "orientation 77": block((0x112, 3, 1, b"\0\x4d")),
    "a loop": block(TURNED, (0x8769, 4, 1, struct.pack(">I", 8))),
    "the second is the first": block(TURNED, following=8),
    "a huge count": block(TURNED, (0x10E, 2, 0xFFFFFFF0, struct.pack(">I", 8))),
    "a directory beyond the end": block((0x8769, 4, 1, struct.pack(">I", 0x7FFFFFFF))),
    "cut": block(TURNED, (0x10E, 2, 4, b"abc"))[:20],
    "no header": b"no EXIF at all",
    "nothing": b"",
    "more entries than bytes": b"MM\0*\0\0\0\x08\xff\xff" + bytes(40),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_exif_is_reported_and_the_picture_read(name, tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg_with(BROKEN[name]))
    picture = load_picture(tmp_path / "a.jpg")
    assert picture.size == (64, 48)
    named = any("EXIF" in text for text in picture.notes.lost)
    assert named == bool(BROKEN[name])
    data = encode_picture(picture, ".jpg")
    assert BROKEN[name] in data  # nothing that someone may still make sense of is thrown away
    for suffix in (".png", ".webp", ".tif", ".avif"):
        encode_picture(load_picture(tmp_path / "a.jpg"), suffix)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("seed", range(12))
def test_damaged_pictures_are_an_error_in_one_line_or_readable(suffix, seed, tmp_path):
    """Bits flipped, bytes set, parts left out or exchanged; a picture that can still be read is fine as well."""
    path, rng = tmp_path / f"a{suffix}", np.random.default_rng(seed)
    Image.fromarray(PIXELS).save(path, exif=block(TURNED, (0x10E, 2, 4, b"abc")))
    data = np.frombuffer(path.read_bytes(), np.uint8).copy()
    for _ in range(1 << seed % 5):
        start = int(rng.integers(12, len(data) - 8))
        match seed % 3:
            case 0:
                data[start] ^= 1 << int(rng.integers(8))
            case 1:
                data[start : start + int(rng.integers(1, 9))] = rng.choice((0, 255))
            case 2:
                data = np.delete(data, np.s_[start : start + int(rng.integers(1, 99))])
    path.write_bytes(data.tobytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            encode_picture(load_picture(path), ".png")
        except CrispenError as error:
            assert str(path) in str(error)
            assert "\n" not in str(error)


@pytest.mark.parametrize("raised", [RuntimeError("x\ny"), TypeError(), struct.error("x"), MemoryError(), KeyError(3)])
def test_any_exception_of_a_decoder_becomes_an_error_about_the_file(raised, tmp_path, monkeypatch):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")

    def fail(*_):
        raise raised

    monkeypatch.setattr(image, "_canvas_of", fail)
    with pytest.raises(CrispenError, match=r"a\.png") as caught:
        load_picture(tmp_path / "a.png")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP", b"tEXt"])
def test_a_megabyte_of_text_or_profile_is_kept(name, tmp_path):
    text = b"x" * 3_000_000
    body = {
        b"tEXt": b"workflow\0" + text, b"zTXt": b"workflow\0\0" + zlib.compress(text),
        b"iTXt": b"workflow\0\1\0\0\0" + zlib.compress(text), b"iCCP": b"profile\0\0" + zlib.compress(text),
    }[name]  # fmt: skip
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    data = buffer.getvalue()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk(name, body) + data[33:])
    picture = load_picture(tmp_path / "a.png")
    assert chunk(name, body) in encode_picture(picture, ".png")
    assert picture.notes.kept == ["ICC profile" if name == b"iCCP" else "text (workflow)"]


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt", b"iCCP"])
def test_decompression_bombs_in_text_chunks_are_rejected(name, tmp_path):
    packer = zlib.compressobj()
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    body = b"Comment\0\1\0\0\0" + bomb if name == b"iTXt" else b"Comment\0\0" + bomb
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, "PNG")
    data = buffer.getvalue()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk(name, body) + data[33:])
    with pytest.raises(CrispenError, match=r"a\.png.* 64 MB"):
        load_picture(tmp_path / "a.png")


def declared(suffix: str, side: int) -> bytes:
    """A file of a few bytes that says it is `side` pixels wide and high."""
    if suffix == ".png":
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    if suffix == ".webp":
        sides = (side - 1) | (side - 1) << 14
        return b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0\x2f" + struct.pack("<I", sides) + bytes(9)
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, {".jpg": "JPEG", ".gif": "GIF", ".bmp": "BMP", ".ppm": "PPM"}[suffix])
    data = buffer.getvalue()
    if suffix == ".jpg":
        return data.replace(b"\0\x10\0\x10\3", struct.pack(">HH", side, side) + b"\3")
    if suffix == ".ppm":
        return data.replace(b"16 16", b"%d %d" % (side, side))
    form, at = ("<HH", 6) if suffix == ".gif" else ("<ii", 18)
    return data[:at] + struct.pack(form, side, side) + data[at + struct.calcsize(form) :]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".gif", ".bmp", ".ppm"])
def test_the_declared_size_is_checked_before_decoding(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(declared(suffix, 16383))
    with pytest.raises(CrispenError, match=r"it is 16383x16383; \d+ megapixels are the most"):
        load_picture(path)


def test_data_after_a_jpeg_is_kept_or_reported(tmp_path):
    photo, small = io.BytesIO(), io.BytesIO()
    Image.fromarray(PIXELS).save(photo, "JPEG")
    Image.fromarray(PIXELS[:16, :16]).save(small, "JPEG")
    size = len(small.getvalue())
    (tmp_path / "a.jpg").write_bytes(photo.getvalue() + small.getvalue() + bytes(100))
    assert detect_file_type(tmp_path / "a.jpg") == "image"
    picture = load_picture(tmp_path / "a.jpg")
    assert encode_picture(picture, ".jpg").endswith(small.getvalue() + bytes(100))
    named = f"{size + 100} bytes after the picture, such as the video of a motion photo"
    assert (picture.notes.kept, picture.notes.lost) == ([named], [])
    encode_picture(picture, ".png")
    assert picture.notes.lost == [named]


def test_a_damaged_picture_is_still_detected_as_a_picture(tmp_path):
    for suffix in FORMATS:
        path = tmp_path / f"a{suffix}"
        Image.fromarray(PIXELS).save(path)
        path.write_bytes(path.read_bytes()[:40])
        assert detect_file_type(path) == "image", suffix
        with pytest.raises(CrispenError, match="damaged"):
            load_picture(path)


@pytest.mark.parametrize(
    ("name", "body", "checksum"),
    [
        (b"iCCP", b"ICC\0\xff" + zlib.compress(b"profile"), None),  # a compression that does not exist
        (b"zTXt", b"word\0\x07" + zlib.compress(b"text"), None),
        (b"tEXt", b"word\0text", b"\0\0\0\0"),
        (b"gAMA", b"\0\0\xb1\x8f", b"abcd"),
    ],
    ids=["profile", "text", "checksum of text", "checksum of gamma"],
)
def test_a_damaged_png_chunk_is_reported_and_not_copied(name, body, checksum, tmp_path):
    path, target = tmp_path / "in.png", tmp_path / "out.png"
    Image.new("RGB", (16, 16), (90, 120, 150)).save(path)
    data, bad = path.read_bytes(), chunk(name, body)
    path.write_bytes(data[:33] + (bad[:-4] + checksum if checksum else bad) + data[33:])
    picture = load_picture(path)
    assert picture.notes.lost == [f"PNG's {name.decode()}, which is damaged"]
    target.write_bytes(encode_picture(picture, ".png"))
    with Image.open(target) as image:
        image.load()
    assert name not in target.read_bytes()


def test_a_jpeg_that_stores_rgb_is_read(tmp_path):
    """Adobe's transform 0, as Pillow and Photoshop write it; there are no YCbCr planes to take."""
    path = tmp_path / "rgb.jpg"
    Image.fromarray(PIXELS).save(path, keep_rgb=True, quality=100, subsampling=0)
    with Image.open(path) as stored:
        oracle = np.asarray(stored).astype(int)
    picture = load_picture(path)
    found = np.asarray(Image.open(io.BytesIO(encode_picture(picture, ".png"))).convert("RGB"))
    assert np.abs(found - oracle).max() <= 1
