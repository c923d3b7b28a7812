"""Cases of clips, for metrics that no single frame shows: real videos, and stills that move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from crispen.callbench.picture_cases import read_picture
from crispen.data.clean_sources import VIDEOS
from crispen.degrade.condition import Condition, receive_clip
from crispen.degrade.motion import animate
from crispen.errors import CrispenError
from crispen.frame import Frame, frame_from_rgb
from crispen.media.av_planes import frame_from_av
from crispen.video.demux import main_video_stream

CLIP_SENT = 46  # frames of a clip: rate control settles in the first thirty
CLIP_MEASURED = 16  # the last of them
_LARGEST = (512, 768)  # rows and columns of the part of a still that moves, from its center


def clip(path: Path, condition: Condition, rng: np.random.Generator) -> dict:
    """Builds the planes of the last CLIP_MEASURED frames of CLIP_SENT.

    A video gives its first CLIP_SENT frames unchanged, cut to even sides; a still moves as `condition` says. The entry
    "keys" holds the indices of the key frames, the first frame included.

    Raises:
        CrispenError: For a video that cannot be decoded or is too short.
    """
    sent = _video(path) if path.suffix.lower() in VIDEOS else _moving_still(path, condition, rng)
    every = condition.codec.key_every if condition.codec else 0
    return clip_planes(sent, receive_clip(sent, condition, rng), CLIP_MEASURED, every)


def clip_planes(
    sent: list[Frame], received: list[tuple[Frame, Frame]], measured: int, key_every: int, **more: object
) -> dict:
    """Makes the record of a clip from the frames that were sent.

    Args:
        sent: The truth.
        received: (decoded, shown) for each frame.
        measured: How many of the last frames are kept.
        key_every: Frames from one key frame to the next; 0 for one at the start.
        more: Further entries.
    """
    first = max(0, len(sent) - measured)
    keys = [index - first for index in range(first + 1, len(sent)) if key_every and index % key_every == 0]
    return {
        "truth": stacked(frame.y for frame in sent[first:]),
        "decoded": stacked(decoded.y for decoded, _ in received[first:]),
        "received": stacked(shown.y for _, shown in received[first:]),
        "frames": len(sent) - first,
        "keys": [0, *keys],
        **more,
    }


@contextmanager
def open_clip(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Opens a container and its video.

    Raises:
        CrispenError: With the file's name, for all that cannot be opened, or decoded inside the block.
    """
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            yield container, main_video_stream(container, path)
    except (OSError, FFmpegError) as error:
        raise CrispenError(f"{path} cannot be read as a video ({error}); take it out of the folder") from None


def read_frames(path: Path, first: int, end: int) -> Iterator[Frame]:
    """Reads the frames [first, end) of a video, or as many as there are, as 4:2:0. Raises as `open_clip` does."""
    with open_clip(path) as (container, stream):
        for picture in islice(container.decode(stream), first, end):
            yield frame_from_av(picture.reformat(format="yuv420p"))


def _video(path: Path) -> list[Frame]:
    frames = list(read_frames(path, 0, CLIP_SENT))
    if len(frames) < CLIP_SENT:
        raise CrispenError(f"{path} has {len(frames)} frames; a clip needs {CLIP_SENT}")
    height, width = (side - side % 2 for side in frames[0].y.shape)
    return [_cut(frame, height, width) for frame in frames]


def _cut(frame: Frame, height: int, width: int) -> Frame:
    u, v = (None if plane is None else plane[: height // 2, : width // 2] for plane in (frame.u, frame.v))
    return Frame(frame.y[:height, :width], u, v, frame.colour)


def _moving_still(path: Path, condition: Condition, rng: np.random.Generator) -> list[Frame]:
    rgb = read_picture(path)
    height, width = (min(most, side - side % 2) for most, side in zip(_LARGEST, rgb.shape[:2], strict=True))
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return animate(frame_from_rgb(rgb[top : top + height, left : left + width]), CLIP_SENT, condition.motion, rng)


def stacked(planes: Iterable[np.ndarray]) -> np.ndarray:
    """Stacks (H, W) planes of one width, one below the other."""
    return np.concatenate(list(planes))
