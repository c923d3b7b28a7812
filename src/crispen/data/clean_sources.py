"""Clean sources: pictures and videos as short clips of 4:2:0 frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from crispen.degrade.condition import Condition
from crispen.degrade.motion import animate
from crispen.degrade.person import Person, animate_person
from crispen.degrade.resampling import resize
from crispen.errors import CrispenError, describe_file_error
from crispen.frame import Colour, Frame, frame_from_rgb
from crispen.image.image_reader import read_rgb
from crispen.media.av_planes import frame_from_av
from crispen.media.file_tree import find_files
from crispen.video.demux import main_video_stream

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
VIDEOS = {".mp4", ".mkv", ".mov", ".webm", ".avi", ".y4m", ".m4v", ".mpg", ".mpeg"}
_MIN_LINES = 240  # of a video that is reduced to hide its own compression


def find_sources(folder: Path) -> list[Path]:
    """All pictures and videos below `folder`, sorted. Raises CrispenError if there is none."""
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of pictures or videos")
    found = find_files(folder, PICTURES | VIDEOS)
    if not found:
        raise CrispenError(f"{folder} holds no picture or video that can be read; put PNG, JPEG or MP4 files in it")
    return found


def is_video(path: Path) -> bool:
    """Whether the file's extension is that of a video."""
    return path.suffix.lower() in VIDEOS


def draw_clip(
    path: Path,
    height: int,
    width: int,
    condition: Condition,
    rng: np.random.Generator,
    shrink: bool = True,
    person: Person | None = None,
    replacement: Path | None = None,
    own_size: bool = False,
) -> tuple[list[Frame], Condition]:
    """A clip of frames from a random part of a file.

    A picture is cropped and animated by `condition.motion`. With a person it is used as a whole and reduced, because a
    part of a portrait shows less than a head. A video is used at its full frame, as a call sends it.

    Args:
        path: A picture or a video.
        height: Height of the crop of a picture. A smaller picture gives a smaller crop, with multiples of 16 as sides.
        width: Width of the crop of a picture.
        condition: Its number of frames, frame rate and motion are used.
        rng: Source of randomness.
        shrink: Reduce some sources in size, for training; False uses every picture at its own size.
        person: For a picture, who moves in front of a background; None moves the picture by `condition.motion`.
        replacement: A picture for a replaced background.
        own_size: Reduce a video only if it has more than 720 rows, for soft and compressed truths.

    Returns:
        The frames, and the condition with the clip's number of frames, which is smaller for a short video.
    """
    colour = Colour(matrix=int(rng.choice((1, 6))), full_range=bool(rng.random() < 0.25))
    if is_video(path):
        frames = _video_frames(path, condition.frames, condition.fps, rng, shrink, own_size)
        return frames, replace(condition, frames=len(frames))
    image = read_rgb(path)
    image = _shrunk(image, min(image.height / height, image.width / width), rng) if shrink else image
    height, width = min(height, image.height // 16 * 16), min(width, image.width // 16 * 16)
    below, right = image.height - height, image.width - width
    top, left = int(rng.integers(0, below + 1)), int(rng.integers(0, right + 1))
    frames = condition.frames if condition.codec else 1
    if person is None:
        picture = frame_from_rgb(np.asarray(image)[top : top + height, left : left + width], colour)
        return animate(picture, frames, condition.motion, rng), condition
    at = (left / max(1, right), top / max(1, below))
    whole = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS, centering=at)
    picture = frame_from_rgb(np.asarray(whole), colour)
    behind = _resized_crop(replacement, picture) if replacement is not None else None
    return animate_person(picture, person, frames, condition.motion, rng, behind, condition.fps), condition


def _resized_crop(path: Path, like: Frame) -> Frame:
    """The middle of a picture at the size and with the colour description of `like`."""
    try:
        image = read_rgb(path)
    except Exception as error:  # names this file, and not the one that the clip is made of
        raise CrispenError(describe_file_error(str(path), error)) from None
    fitted = ImageOps.fit(image, (like.width, like.height), Image.Resampling.LANCZOS)
    return frame_from_rgb(np.asarray(fitted), like.colour)


def _shrunk(image: Image.Image, room: float, rng: np.random.Generator) -> Image.Image:
    """The picture, in 15 % of the cases reduced by up to `room`, which hides its own JPEG artefacts.

    The softness of the truths decides what a student does where it cannot distinguish a soft picture from a scaled
    stream. Other mixes were tried: with sharper truths a student sharpens pictures that were never sharp, with softer
    truths it does not sharpen at all (docs/experiments.md).
    """
    if rng.random() > 0.15 or room < 1.3:
        return image
    factor = rng.uniform(1.15, min(room, 3.0))
    return image.resize((int(image.width / factor), int(image.height / factor)), Image.Resampling.LANCZOS)


def _video_frames(
    path: Path, count: int, fps: int, rng: np.random.Generator, shrink: bool, own_size: bool = False
) -> list[Frame]:
    """Up to `count` consecutive frames at about `fps` frames/s, reduced by area to hide the file's own compression.

    A video of 720 lines or more is reduced to 720 or, with `shrink`, in half of the cases to 540; a smaller one to half
    its size if that leaves 240 lines. With `own_size`, only a video of more than 720 lines is reduced.
    """
    with av.open(str(path), metadata_errors="replace") as container:
        stream = main_video_stream(container, path)
        rate = float(stream.average_rate or 30)
        total = stream.frames or int(float(stream.duration or 0) * float(stream.time_base or 0) * rate)
        stride = max(1, round(rate / fps))
        first = int(rng.integers(0, max(1, total - (count - 1) * stride)))
        lower = shrink and rng.random() < 0.5
        frames = []
        for index, picture in enumerate(container.decode(stream)):
            if index >= first and (index - first) % stride == 0:
                frame = frame_from_av(picture.reformat(format="yuv420p"))
                frames.append(_fitted(frame) if own_size else _reduced(frame, 540 if lower else 720))
            if len(frames) == count:
                break
    if not frames:
        raise CrispenError(f"{path} has no frame that can be decoded; remove it from the folder")
    return frames


def _fitted(frame: Frame) -> Frame:
    """The frame with even sides, and at most 720 lines."""
    height = min(720, frame.height // 2 * 2)
    return resize(frame, height, round(frame.width * height / frame.height) // 2 * 2, "cv2-area")


def _reduced(frame: Frame, lines: int) -> Frame:
    """The frame at `lines` if it has 720 or more, else at half its size if that leaves 240 lines; even sides."""
    half = frame.height // 2
    height = lines if frame.height >= 720 else half if half >= _MIN_LINES else frame.height
    height, width = (side // 2 * 2 for side in (height, round(frame.width * height / frame.height)))
    return resize(frame, height, width, "cv2-area")
