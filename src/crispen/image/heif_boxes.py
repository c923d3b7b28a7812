"""Parser of HEIF boxes (AVIF, HEIC): coded pictures, their tiles, properties and metadata.

ISO/IEC 23008-12 (HEIF) on ISO/IEC 14496-12 (boxes) and, for AV1, the AVIF specification.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crispen.errors import CrispenError

HeifBox = tuple[bytes, bytes]  # type and content
CODED = {b"av01": b"av1C", b"hvc1": b"hvcC"}  # type of a coded item -> box with the decoder configuration
ALPHA = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"


@dataclass
class HeifItem:
    """An item of a HEIF file.

    Attributes:
        kind: Item type, four bytes.
        properties: Boxes that describe it.
        extents: (start, length) of the parts of its content.
        in_idat: Whether extents count from the beginning of the idat box.
        points: Reference type -> ids of other items.
    """

    kind: bytes = b""
    properties: list[HeifBox] = field(default_factory=list)
    extents: list[tuple[int, int]] = field(default_factory=list)
    in_idat: bool = False
    points: dict[bytes, list[int]] = field(default_factory=dict)

    def properties_of(self, name: bytes) -> list[bytes]:
        """The contents of its properties of the type `name`."""
        return [body for found, body in self.properties if found == name]

    def first(self, name: bytes) -> bytes:
        """The content of the first property of the type `name`, b"" if there is none."""
        return next(iter(self.properties_of(name)), b"")


@dataclass
class Heif:
    """A parsed HEIF file.

    Attributes:
        data: The whole file.
        items: Id -> item.
        primary: Id of the displayed picture.
        idat: Content of the idat box.
    """

    data: bytes
    items: dict[int, HeifItem]
    primary: int
    idat: bytes = b""

    @property
    def shown(self) -> HeifItem:
        """The displayed picture."""
        return self.items[self.primary]

    def content(self, item: HeifItem) -> bytes:
        """The content of an item. Raises CrispenError if the file is too short for it."""
        source = self.idat if item.in_idat else self.data
        if sum(length for _, length in item.extents) > len(source):
            raise CrispenError("it is damaged: an item is larger than the file")
        return b"".join(source[start : start + length] for start, length in item.extents)

    def size(self) -> tuple[int, int]:
        """Width and height of the displayed picture before rotation."""
        body = self.shown.first(b"ispe")
        return int.from_bytes(body[4:8]), int.from_bytes(body[8:12])

    def coded(self) -> HeifItem:
        """The displayed item, or the first tile of its grid. Raises CrispenError for other item types."""
        tiles = self.tiles()
        return self.items[tiles[0]]

    def tiles(self) -> list[int]:
        """Ids of the coded items that make up the displayed picture, row by row. Raises as `coded` does."""
        found = self.shown.points.get(b"dimg", []) if self.shown.kind == b"grid" else [self.primary]
        if not found or any(id not in self.items or self.items[id].kind not in CODED for id in found):
            kind = self.shown.kind.decode("latin-1")
            raise CrispenError(f"its picture is of the kind {kind!r}, which is not supported; convert it to JPEG first")
        return found

    def auxiliaries(self) -> dict[int, bytes]:
        """Auxiliary items of the displayed picture (alpha, depth, gain map): id -> URN of their type."""
        belonging = [id for id, item in self.items.items() if self.primary in item.points.get(b"auxl", [])]
        return {id: self.items[id].first(b"auxC")[4:].partition(b"\0")[0] for id in belonging}

    @staticmethod
    def is_alpha(urn: bytes) -> bool:
        """Whether a URN means an alpha channel."""
        return urn in ALPHA

    def bits(self) -> int:
        """Bits per sample."""
        item = self.coded()
        if item.kind == b"av01":
            flags = item.first(b"av1C")[2:3] or b"\0"
            return 8 if not flags[0] & 0x40 else 12 if flags[0] & 0x20 else 10
        return ((item.first(b"hvcC")[17:18] or b"\0")[0] & 7) + 8

    def halved(self) -> bool:
        """Whether chroma is subsampled 4:2:0."""
        item = self.coded()
        if item.kind == b"av01":
            return (item.first(b"av1C")[2:3] or b"\0")[0] & 12 == 12
        return (item.first(b"hvcC")[16:17] or b"\0")[0] & 3 == 1

    def nclx(self) -> tuple[int, int, int, bool] | None:
        """(primaries, transfer, matrix, full range) as code points of ITU-T H.273, None if missing."""
        for body in self.shown.properties_of(b"colr"):
            if body[:4] == b"nclx" and len(body) >= 11:
                primaries, transfer, matrix = (int.from_bytes(body[at : at + 2]) for at in (4, 6, 8))
                return primaries, transfer, matrix, bool(body[10] & 0x80)
        return None

    def icc(self) -> bytes:
        """The ICC profile, b"" if there is none."""
        return next((b[4:] for b in self.shown.properties_of(b"colr") if b[:4] in (b"prof", b"rICC")), b"")

    def described(self, kind: bytes) -> bytes:
        """The content of the metadata item of the type `kind` (Exif, mime) of the displayed picture, b"" if missing."""
        for item in self.items.values():
            if item.kind == kind and self.primary in item.points.get(b"cdsc", []):
                return self.content(item)
        return b""

    def orientation(self) -> int:
        """The rotation and mirroring of the properties as an EXIF orientation."""
        turns = (self.shown.first(b"irot") or b"\0")[0] & 3
        mirror = self.shown.first(b"imir")
        if not mirror:
            return (1, 8, 3, 6)[turns]
        return ((4, 5, 2, 7) if not mirror[0] & 1 else (2, 7, 4, 5))[turns]


class _Bytes:
    """Reads big-endian numbers one after the other. Raises CrispenError at the end of the data."""

    def __init__(self, data: bytes, at: int = 0):
        self.data, self.at = data, at

    def take(self, size: int) -> int:
        if self.at + size > len(self.data):
            raise CrispenError("it is damaged: a box breaks off")
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at])


def parse_heif(data: bytes) -> Heif:
    """Parses a HEIF file. Raises CrispenError if it is damaged or holds no picture."""
    meta = dict(reversed(list(_boxes(dict(reversed(list(_boxes(data)))).get(b"meta", b"")[4:]))))
    if not {b"pitm", b"iinf", b"iloc", b"iprp"} <= meta.keys():
        raise CrispenError("it is damaged: it holds no picture")
    items = {id: HeifItem(kind) for id, kind in _kinds(meta[b"iinf"])}
    first = _Bytes(meta[b"pitm"], 4).take(2 if not meta[b"pitm"][0] else 4)
    heif = Heif(data, items, first, meta.get(b"idat", b""))
    for id, in_idat, extents in _places(meta[b"iloc"]):
        if id in items:
            items[id].extents, items[id].in_idat = extents, in_idat
    for kind, source, targets in _references(meta.get(b"iref", bytes(4))):
        if source in items:
            items[source].points.setdefault(kind, []).extend(targets)
    for id, box in _properties(meta[b"iprp"]):
        if id in items:
            items[id].properties.append(box)
    if heif.primary not in items:
        raise CrispenError("it is damaged: it holds no picture")
    return heif


def _boxes(data: bytes) -> Iterator[HeifBox]:
    """Yields the boxes in `data`; the last may be truncated."""
    at = 0
    while at + 8 <= len(data):
        size, head = int.from_bytes(data[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        end = at + size if size else len(data)
        if end < at + head:
            return
        yield data[at + 4 : at + 8], data[at + head : end]
        at = end


def _kinds(iinf: bytes) -> Iterator[tuple[int, bytes]]:
    for name, body in _boxes(iinf[6 if not iinf[0] else 8 :]):
        if name == b"infe" and body[:1] >= b"\2":
            wide = 2 if body[0] == 2 else 4
            yield int.from_bytes(body[4 : 4 + wide]), body[6 + wide : 10 + wide]


def _places(iloc: bytes) -> Iterator[tuple[int, bool, list[tuple[int, int]]]]:
    """Yields (id, whether it lies in idat, [(start, length) of each part])."""
    read = _Bytes(iloc)
    version, sizes = read.take(4) >> 24, read.take(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    wide = 4 if version == 2 else 2
    for _ in range(read.take(wide)):
        id = read.take(wide)
        in_idat = version > 0 and read.take(2) & 15 == 1
        read.take(2)
        start = read.take(base)
        extents = []
        for _ in range(read.take(2)):
            read.take(index if version else 0)
            extents.append((start + read.take(offset), read.take(length)))
        yield id, in_idat, extents


def _references(iref: bytes) -> Iterator[tuple[bytes, int, list[int]]]:
    wide = 4 if iref[0] else 2
    for name, body in _boxes(iref[4:]):
        read = _Bytes(body)
        yield name, read.take(wide), [read.take(wide) for _ in range(read.take(2))]


def _properties(iprp: bytes) -> Iterator[tuple[int, HeifBox]]:
    """Yields (id, property) of each association."""
    parts = list(_boxes(iprp))
    known = [box for name, body in parts if name == b"ipco" for box in _boxes(body)]
    for name, body in parts:
        if name != b"ipma":
            continue
        read = _Bytes(body)
        head = read.take(4)
        for _ in range(read.take(4)):
            id = read.take(2 if not head >> 24 else 4)
            for _ in range(read.take(1)):
                index = read.take(2) & 0x7FFF if head & 1 else read.take(1) & 0x7F
                if 0 < index <= len(known):
                    yield id, known[index - 1]
