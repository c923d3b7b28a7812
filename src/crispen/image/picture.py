"""A still picture: pixels and metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from crispen.image.metadata import Metadata
from crispen.media.conversion_notes import ConversionNotes

ColourModel = Literal["grey", "rgb", "ycc"]
COLOUR_MODELS: dict[str, ColourModel] = {"L": "grey", "LA": "grey", "RGB": "rgb", "RGBA": "rgb", "YCbCr": "ycc"}
# EXIF orientation -> transposition that makes the picture upright, as in PIL.ImageOps.exif_transpose.
EXIF_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip


@dataclass
class Picture:
    """A still picture.

    Attributes:
        canvas: 8 bits per channel: Pillow's image in L, LA, RGB, RGBA or YCbCr (full-range BT.601, as JPEG stores it).
            16 bits: (H, W, C) uint16, C 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGBA).
        orientation: EXIF orientation; 5 to 8 swap width and height.
        format: Pillow's name of the source format.
        metadata: Its metadata.
        style: Coding parameters of the source, as Pillow's save options.
        tags: Tags of a TIFF, None for other formats.
        notes: What a conversion keeps and loses.
        damaged: Whether the file has damage for which other readers reject it, so that it must not be copied.
    """

    canvas: Image.Image | np.ndarray
    orientation: int = 1
    format: str = ""
    metadata: Metadata = field(default_factory=Metadata)
    style: dict[str, Any] = field(default_factory=dict)
    tags: Any = None
    notes: ConversionNotes = field(default_factory=ConversionNotes)
    damaged: bool = False

    @property
    def deep(self) -> bool:
        """Whether it has 16 bits per channel."""
        return isinstance(self.canvas, np.ndarray)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored."""
        if isinstance(self.canvas, np.ndarray):
            return self.canvas.shape[1], self.canvas.shape[0]
        return self.canvas.size

    @property
    def colour(self) -> ColourModel:
        """Grey, RGB or YCbCr."""
        if isinstance(self.canvas, np.ndarray):
            return "grey" if self.canvas.shape[2] < 3 else "rgb"
        return COLOUR_MODELS[self.canvas.mode]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.channels in (2, 4)

    @property
    def channels(self) -> int:
        """Number of channels, 1 to 4; alpha is the last of 2 and of 4."""
        return self.canvas.shape[2] if isinstance(self.canvas, np.ndarray) else len(self.canvas.getbands())

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Rows `top` to `bottom` - 1: (rows, W, C) uint8 or uint16."""
        if isinstance(self.canvas, np.ndarray):
            return self.canvas[top:bottom]
        band = np.asarray(self.canvas.crop((0, top, self.size[0], bottom)))
        return band.reshape(*band.shape[:2], self.channels)

    def put(self, top: int, rows: np.ndarray) -> None:
        """Replaces rows from `top` on by (rows, W, C), in place."""
        if isinstance(self.canvas, np.ndarray):
            self.canvas[top : top + len(rows)] = rows
        else:
            self.canvas.paste(pil_image(rows, self.canvas.mode), (0, top))

    @property
    def pixels(self) -> np.ndarray:
        """A copy of the colour channels: (H, W) for "grey", (H, W, 3) for "rgb" and "ycc"."""
        found = self.rows(0, self.size[1])
        return found[..., 0].copy() if self.colour == "grey" else found[..., :3].copy()

    @property
    def alpha(self) -> np.ndarray | None:
        """A copy of the alpha channel, (H, W), or None."""
        return self.rows(0, self.size[1])[..., -1].copy() if self.has_alpha else None

    def eight_bits(self) -> Image.Image:
        """The picture as Pillow's image of 8 bits per channel; the canvas itself if it is one."""
        if not isinstance(self.canvas, np.ndarray):
            return self.canvas
        eight = np.rint(self.canvas / np.float32(257)).astype(np.uint8)
        return pil_image(eight, ("L", "LA", "RGB", "RGBA")[self.channels - 1])


def pil_image(rows: np.ndarray, mode: str) -> Image.Image:
    """Converts (H, W, C) uint8 to Pillow's image in `mode`."""
    size = rows.shape[1], rows.shape[0]
    return Image.frombytes(mode, size, np.ascontiguousarray(rows).tobytes())


def upright_picture(picture: Picture) -> Picture:
    """The picture rotated upright. Of the metadata only the ICC profile and the code points remain."""
    canvas = picture.canvas
    if picture.orientation > 1 and isinstance(canvas, np.ndarray):
        canvas = _turned(canvas, picture.orientation)
    elif picture.orientation > 1 and isinstance(canvas, Image.Image):
        canvas = canvas.transpose(EXIF_TRANSPOSE[picture.orientation])
    kept = Metadata(icc=picture.metadata.icc, colour=picture.metadata.colour)
    return Picture(canvas, metadata=kept, notes=picture.notes)


def _turned(plane: np.ndarray, orientation: int) -> np.ndarray:
    """Applies the EXIF `orientation` to (H, W, C); 5 to 8 swap its sides."""
    if 5 <= orientation <= 8:
        plane = plane.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        plane = plane[::-1]
    if orientation in (2, 3, 6, 7):
        plane = plane[:, ::-1]
    return np.ascontiguousarray(plane)
