"""Which metadata of a picture the output format can hold, and the notes about it."""

from __future__ import annotations

from crispen.image import exif, jpeg
from crispen.image.icc_profile import icc_profile_for
from crispen.image.metadata import FORMAT_FIELDS, Metadata
from crispen.image.picture import Picture


def needs_ten_bits(picture: Picture) -> bool:
    """Whether AVIF is written with 10 bits: for deep or HDR pictures without alpha."""
    colour = picture.metadata.colour
    return not picture.has_alpha and (picture.deep or bool(colour and colour.hdr))


def metadata_for_format(picture: Picture, name: str) -> Metadata:
    """The part of the metadata that the format `name` can hold. Notes what is kept and lost in `picture.notes`."""
    found, notes, same = picture.metadata, picture.notes, picture.format == name
    holds = _held(picture, name)
    present = set(found.present())
    for text in found.told(present - holds) + ([] if same else list(found.beside)):
        notes.add_lost(text)
    kept = found.told(present & holds) + (list(found.beside) if same else []) + ["alpha"] * picture.has_alpha
    notes.kept += [text for text in kept if text not in notes.kept]
    fields = {key: getattr(found, key) for key in holds & {"icc", "exif", "xmp", "comment", "dpi", "colour"}}
    pointed = name == "PNG" or (name == "AVIF" and needs_ten_bits(picture))
    if "colour" in fields and not pointed:
        fields["icc"] = found.icc or icc_profile_for(fields["colour"])
    own = {key: getattr(found, key) for key in ("own", "behind", "index")} if same else {}
    return Metadata(**fields, **own)


def _held(picture: Picture, name: str) -> set[str]:
    """The fields of the metadata that the format can hold."""
    found, same = picture.metadata, picture.format == name
    holds = set(FORMAT_FIELDS.get(name, ()))
    if found.colour and "icc" in holds and (same or found.colour.hdr or icc_profile_for(found.colour)):
        holds.add("colour")  # as code points or as a profile
    if name in ("TIFF", "AVIF") and found.exif and exif.find_defect(found.exif):
        holds.discard("exif")  # these formats need the block to be rewritten, which is impossible if it is damaged
    if name == "TIFF" and picture.deep and (picture.tags is None or exif.has_details(found.exif)):
        holds.discard("exif")  # 16-bit TIFF is written with baseline tags only
    if name == "JPEG" and not same and len(found.xmp) > jpeg.MAX_XMP:
        holds.discard("xmp")
    if name == "JPEG" and len(found.comment) > jpeg.MAX_SEGMENT:
        holds.discard("comment")
    return holds
