"""Clean material: pictures and videos of a user's folder, as short clips of 4:2:0 frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image

from crispen.degrade.condition import Condition
from crispen.degrade.motion import clip_of
from crispen.degrade.resampling import resize
from crispen.errors import CrispenError
from crispen.frame import Colour, Frame, frame_from_rgb
from crispen.image.image_reader import read_rgb
from crispen.media.av_planes import frame_from_av
from crispen.media.file_tree import files_below
from crispen.video.demux import main_video_stream

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"}
VIDEOS = {".mp4", ".mkv", ".mov", ".webm", ".avi", ".y4m", ".m4v", ".mpg", ".mpeg"}
_LEAST = 240  # lines that a video keeps when it is reduced to hide its own compression


def find_sources(folder: Path) -> list[Path]:
    """All pictures and videos below `folder`, sorted. Raises CrispenError if there is none."""
    if not folder.is_dir():
        raise CrispenError(f"{folder} is not a folder; give a folder of pictures or videos")
    found = sorted(path for path in files_below(folder) if path.suffix.lower() in PICTURES | VIDEOS)
    if not found:
        raise CrispenError(f"{folder} holds no picture or video that can be read; put PNG, JPEG or MP4 files in it")
    return found


def is_video(path: Path) -> bool:
    """True for a file that moves by itself."""
    return path.suffix.lower() in VIDEOS


def draw_clip(
    path: Path, height: int, width: int, condition: Condition, rng: np.random.Generator, shrink: bool = True
) -> tuple[list[Frame], Condition]:
    """A clip of frames from a random place of `path`, and the condition with the clip's length.

    A picture moves by `condition.motion`, as a crop of (height, width); a small one gives a smaller clip, with sides
    that are multiples of 16. A video moves by itself and is sent whole, as a call sends it; if it is short, fewer
    frames are sent. shrink: take some sources smaller, for training; without it every picture is taken as it is.
    """
    colour = Colour(matrix=int(rng.choice((1, 6))), full_range=bool(rng.random() < 0.25))
    if is_video(path):
        frames = _video_frames(path, condition.frames, condition.fps, rng, shrink)
        return frames, replace(condition, frames=len(frames))
    image = read_rgb(path)
    rgb = np.asarray(_shrunk(image, min(image.height / height, image.width / width), rng) if shrink else image)
    height, width = (min(want, side // 16 * 16) for want, side in zip((height, width), rgb.shape[:2], strict=True))
    top = int(rng.integers(0, rgb.shape[0] - height + 1))
    left = int(rng.integers(0, rgb.shape[1] - width + 1))
    picture = frame_from_rgb(rgb[top : top + height, left : left + width], colour)
    return clip_of(picture, condition.frames if condition.codec else 1, condition.motion, rng), condition


def _shrunk(image: Image.Image, room: float, rng: np.random.Generator) -> Image.Image:
    """Most often the picture as it is, else shrunk by up to `room`, which hides its own JPEG artefacts.

    How soft the truths are decides what a student does where it cannot tell a soft picture from a scaled stream. The
    mix stays as it is found: among sharper truths it learns to sharpen what was never sharp, among softer ones nothing.
    """
    if rng.random() > 0.15 or room < 1.3:
        return image
    factor = rng.uniform(1.15, min(room, 3.0))
    return image.resize((int(image.width / factor), int(image.height / factor)), Image.Resampling.LANCZOS)


def _video_frames(path: Path, count: int, fps: int, rng: np.random.Generator, shrink: bool) -> list[Frame]:
    """`count` frames in order from a random place, about `fps` a second, reduced by area to hide the file's own codec.

    A video of 720 lines or more is taken at 720 or, with `shrink`, sometimes at 540; a smaller one at half its size, if
    that leaves 240 lines.
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
                frames.append(_reduced(frame_from_av(picture.reformat(format="yuv420p")), 540 if lower else 720))
            if len(frames) == count:
                break
    if not frames:
        raise CrispenError(f"{path} has no frame that can be decoded; take it out of the folder")
    return frames


def _reduced(frame: Frame, lines: int) -> Frame:
    """The frame at `lines` if it has 720 or more, else at half its size or, if it is small, as it is; even sides."""
    half = frame.height // 2
    height = lines if frame.height >= 720 else half if half >= _LEAST else frame.height
    height, width = (side // 2 * 2 for side in (height, round(frame.width * height / frame.height)))
    return resize(frame, height, width, "cv2-area")
