"""Clips of truth and what arrived, for measures that no single frame shows: real ones, and stills that move.

In the cache a clip is a pair whose planes are its frames, one below the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from crispen.callbench.contenders.contender import Arrived
from crispen.callbench.picture_cases import Pair, read_picture
from crispen.data.clean_sources import VIDEOS
from crispen.degrade.condition import Condition, receive_clip
from crispen.degrade.motion import animate
from crispen.errors import CrispenError
from crispen.frame import Frame, frame_from_rgb
from crispen.media.av_planes import frame_from_av
from crispen.video.demux import main_video_stream

SENT = 46  # frames of a clip: the first thirty let rate control settle
MEASURED = 16  # the last of them
_MOST = (512, 768)  # rows and columns that are taken from the middle of a still


def clip(path: Path, damage: Condition, rng: np.random.Generator) -> dict:
    """The planes of the last MEASURED frames of SENT, and "keys": which of them are key frames, the first included.

    A video gives its first SENT frames as they are, cut to even sides; a still moves as `damage` says. Raises
    CrispenError for a video that cannot be decoded or is too short.
    """
    sent = _video(path) if path.suffix.lower() in VIDEOS else _moving(path, damage, rng)
    arrived = receive_clip(sent, damage, rng)
    first = SENT - MEASURED
    every = damage.codec.key_every if damage.codec else 0
    keys = [index - first for index in range(first + 1, SENT) if every and index % every == 0]
    return {
        "truth": _tall(frame.y for frame in sent[first:]),
        "decoded": _tall(decoded.y for decoded, _ in arrived[first:]),
        "received": _tall(received.y for _, received in arrived[first:]),
        "frames": MEASURED,
        "keys": [0, *keys],
    }


def frames_of(pair: Pair, name: str) -> np.ndarray:
    """(T, H, W) uint8 of a clip's "truth", "decoded" or "received"."""
    plane = pair.plane(name)
    return plane.reshape(pair.record["frames"], -1, plane.shape[1])


def arrived_frames(pair: Pair) -> list[Arrived]:
    """What a contender is given, frame by frame."""
    received, decoded = frames_of(pair, "received"), frames_of(pair, "decoded")
    return [Arrived(one, other) for one, other in zip(received, decoded, strict=True)]


@contextmanager
def opened_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its video; whatever cannot be opened or decoded is a CrispenError that names the file."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            yield container, main_video_stream(container, path)
    except (OSError, FFmpegError) as error:
        raise CrispenError(f"{path} cannot be read as a video ({error}); take it out of the folder") from None


def read_frames(path: Path, first: int, end: int) -> Iterator[Frame]:
    """The frames [first, end) of a video, 4:2:0, as many of them as there are. Raises CrispenError as opened_video."""
    with opened_video(path) as (container, stream):
        for picture in islice(container.decode(stream), first, end):
            yield frame_from_av(picture.reformat(format="yuv420p"))


def _video(path: Path) -> list[Frame]:
    frames = list(read_frames(path, 0, SENT))
    if len(frames) < SENT:
        raise CrispenError(f"{path} has {len(frames)} frames; a clip needs {SENT}")
    height, width = (side - side % 2 for side in frames[0].y.shape)
    return [_cut(frame, height, width) for frame in frames]


def _cut(frame: Frame, height: int, width: int) -> Frame:
    u, v = (None if plane is None else plane[: height // 2, : width // 2] for plane in (frame.u, frame.v))
    return Frame(frame.y[:height, :width], u, v, frame.colour)


def _moving(path: Path, damage: Condition, rng: np.random.Generator) -> list[Frame]:
    rgb = read_picture(path)
    height, width = (min(most, side - side % 2) for most, side in zip(_MOST, rgb.shape[:2], strict=True))
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    return animate(frame_from_rgb(rgb[top : top + height, left : left + width]), SENT, damage.motion, rng)


def _tall(planes) -> np.ndarray:
    return np.concatenate(list(planes))
