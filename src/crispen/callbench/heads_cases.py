"""Clips of the heads suite of CallBench v2: real talking people, and what arrives of them over a bad line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from crispen.callbench.clip_cases import opened_video, read_frames
from crispen.callbench.operating_points import POINTS, OperatingPoint
from crispen.degrade.condition import receive_clip
from crispen.degrade.resampling import resize
from crispen.errors import CrispenError
from crispen.frame import Frame

DISPLAY_ROWS = 720
SOURCE_RATE = 30  # frames a second; a point of fewer frames drops the others
USED = 90  # frames of the source: three seconds, in which rate control settles
LEAST = 40
MEASURED = 12  # the last frames that are sent
# Frames that show a person, [first, end); the rest of these files is a cartoon.
PERSON = {"pyfeat_face_noface.mov": (0, 72), "pyfeat_noface_face.mov": (97, 168)}


def head_cases(clips: Mapping[str, Path]) -> list[tuple[str, str]]:
    """The (clip, operating point) of the suite: every point that does not enlarge the clip before it is coded.

    Raises CrispenError for a file that is not a video.
    """
    return [(name, key) for name, path in clips.items() for key, point in POINTS.items() if point.rows <= _rows(path)]


def head_clip(path: Path, point: OperatingPoint, rng: np.random.Generator) -> dict:
    """The planes of the last MEASURED frames that are sent, one below the other, as clip_cases keeps them.

    A source of more than DISPLAY_ROWS rows is reduced by area first: it is what a viewer sees, and a mildly compressed
    or soft source becomes a sharp truth. Raises CrispenError for a video that cannot be decoded or is too short.
    """
    sent = _truth(path)[:: max(1, round(SOURCE_RATE / point.fps))]
    condition = point.condition(sent[0].height, len(sent))
    arrived = receive_clip(sent, condition, rng)
    first = max(0, len(sent) - MEASURED)
    keys = [index - first for index in range(first + 1, len(sent)) if point.key_every and index % point.key_every == 0]
    return {
        "truth": np.concatenate([frame.y for frame in sent[first:]]),
        "decoded": np.concatenate([decoded.y for decoded, _ in arrived[first:]]),
        "received": np.concatenate([received.y for _, received in arrived[first:]]),
        "frames": len(sent) - first,
        "keys": [0, *keys],
        "factor": condition.factor,
    }


def _truth(path: Path) -> list[Frame]:
    first, end = PERSON.get(path.name, (0, USED))
    frames = [_shown(frame) for frame in read_frames(path, first, min(end, first + USED))]
    if len(frames) < LEAST:
        raise CrispenError(f"{path} has {len(frames)} frames; the heads suite needs {LEAST}")
    return frames


def _shown(frame: Frame) -> Frame:
    """The frame at display size, with even sides."""
    scale = min(1.0, DISPLAY_ROWS / frame.height)
    rows, columns = (2 * round(side * scale / 2) for side in (frame.height, frame.width))
    return resize(frame, rows, columns, "cv2-area")


def _rows(path: Path) -> int:
    with opened_video(path) as (_, stream):
        return min(DISPLAY_ROWS, stream.height)
