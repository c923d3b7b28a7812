"""Cases of the heads suite: clips of talking people over a bad line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from crispen.callbench.clip_cases import clip_planes, open_clip, read_frames, stacked
from crispen.callbench.operating_points import POINTS, OperatingPoint
from crispen.data.clean_sources import VIDEOS
from crispen.degrade.condition import receive_clip
from crispen.degrade.resampling import resize
from crispen.errors import CrispenError
from crispen.frame import Frame
from crispen.media.file_tree import find_files

DISPLAY_ROWS = 720
SOURCE_RATE = 30  # frames a second; a point of a lower rate drops the others
USED = 90  # frames of the source: three seconds, in which rate control settles
FEWEST = 40
HEADS_MEASURED = 12  # the last frames that are sent
# Frames that show a person, [first, end); the rest of these files is a cartoon.
PERSON = {"pyfeat_face_noface.mov": (0, 72), "pyfeat_noface_face.mov": (97, 168)}


def find_clips(folders: Sequence[Path]) -> dict[str, Path]:
    """Finds the videos below `folders` by file name.

    Raises:
        CrispenError: If there is none, two have one name, or a folder cannot be read.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in find_files(folder, VIDEOS):
            if path.name in found:
                raise CrispenError(f"{path.name} is in two of the folders; rename one of them")
            found[path.name] = path
    if not found:
        raise CrispenError(f"{folders[0]} holds no video; the heads suite needs clips of talking people")
    return found


def head_cases(clips: Mapping[str, Path]) -> list[tuple[str, str]]:
    """Lists the suite's pairs (clip, operating point): every point that does not enlarge the clip before it is coded.

    Raises:
        CrispenError: For a file that is not a video.
    """
    return [(name, key) for name, path in clips.items() for key, point in POINTS.items() if point.rows <= _rows(path)]


def head_clip(path: Path, point: OperatingPoint, rng: np.random.Generator) -> dict:
    """Builds the planes of the last HEADS_MEASURED frames that are sent.

    Chroma is kept too: "truth_u", "truth_v", "received_u" and "received_v". Where the resolution changes, the encoder
    starts anew in the middle of the measured frames, "factor" is a list, and "decoded" is the received plane.

    A source of more than DISPLAY_ROWS rows is first reduced by area averaging to the size at which a viewer sees it. So
    a mildly compressed or soft source becomes a sharp truth.

    Raises:
        CrispenError: For a video that cannot be decoded or is too short.
    """
    sent = _truth(path)[:: max(1, round(SOURCE_RATE / point.fps))]
    parts = [(point, sent)]
    if point.then_rows:
        middle = len(sent) - HEADS_MEASURED // 2
        parts = [(point, sent[:middle]), (point.after_change(), sent[middle:])]
    received, factors = [], []
    for part, frames in parts:
        condition = part.condition(frames[0].height, len(frames))
        received += receive_clip(frames, condition, rng)
        factors += [condition.factor] * len(frames)
    if point.then_rows:  # decoded planes of two sizes cannot be stacked
        received = [(shown, shown) for _, shown in received]
    chroma = _chroma(sent[-HEADS_MEASURED:], [shown for _, shown in received[-HEADS_MEASURED:]])
    record = clip_planes(sent, received, HEADS_MEASURED, point.key_every, **chroma)
    return record | {"factor": factors[-HEADS_MEASURED:] if point.then_rows else factors[0]}


def _chroma(truth: Sequence[Frame], received: Sequence[Frame]) -> dict[str, np.ndarray]:
    return {
        f"{kind}_{plane}": stacked(getattr(frame, plane) for frame in frames)
        for kind, frames in (("truth", truth), ("received", received))
        for plane in ("u", "v")
    }


def _truth(path: Path) -> list[Frame]:
    first, end = PERSON.get(path.name, (0, USED))
    frames = [_at_display_size(frame) for frame in read_frames(path, first, min(end, first + USED))]
    if len(frames) < FEWEST:
        raise CrispenError(f"{path} has {len(frames)} frames; the heads suite needs {FEWEST}")
    return frames


def _at_display_size(frame: Frame) -> Frame:
    """The frame at display size, with even sides."""
    scale = min(1.0, DISPLAY_ROWS / frame.height)
    rows, columns = (2 * round(side * scale / 2) for side in (frame.height, frame.width))
    return resize(frame, rows, columns, "cv2-area")


def _rows(path: Path) -> int:
    with open_clip(path) as (_, stream):
        return min(DISPLAY_ROWS, stream.height)
