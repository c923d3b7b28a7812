"""VMAF (Li, Aaron, Katsavounidis, Moorthy and Manohara, 2016) and VMAF-NEG (Li et al., 2020), by FFmpeg with libvmaf.

Sharpening alone raises VMAF. NEG, "no enhancement gain", ignores contrast that the truth does not have. So both are
computed at once, and neither means much alone.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TypedDict

import numpy as np

from crispen.errors import CrispenError, require
from crispen.metrics.plane_checks import check_planes

VMAF_SMALLEST_SIDE = 32  # libvmaf crashes at 16
_MODELS = {"vmaf": "vmaf_v0.6.1", "vmaf_neg": "vmaf_v0.6.1neg"}
_LOG = "scores.json"
_REMEDY = "run: pip install 'crispen[eval]', which brings an FFmpeg with libvmaf"

Planes = Iterable[tuple[np.ndarray, np.ndarray]]  # (truth, output) of each frame


class VmafScores(TypedDict):
    """Means over the frames, and the score of each frame, 0 to 100."""

    vmaf: float
    vmaf_neg: float
    vmaf_frames: list[float]
    vmaf_neg_frames: list[float]


def vmaf(
    truth: Iterable[np.ndarray], output: Iterable[np.ndarray], threads: int = 2, ffmpeg: str | None = None
) -> VmafScores:
    """Computes VMAF v0.6.1 and VMAF-NEG v0.6.1 of the luma of a clip.

    The models assume 1080p seen from three screen heights away. By their design, equal clips score 95 to 100.

    Args:
        truth: (H, W) uint8 planes of one shape, sides at least VMAF_SMALLEST_SIDE, in video range (16 to 235), on which
            the models were fitted.
        output: As many planes of the same shape and type.
        threads: Threads of libvmaf.
        ffmpeg: The program; by default the one that imageio-ffmpeg brings.

    Raises:
        ValueError: If the planes cannot be compared, there are none, or their numbers differ.
        CrispenError: If the program is missing, lacks libvmaf, or fails.
    """
    binary = ffmpeg or _packaged_binary()
    frames = zip(truth, output, strict=True)
    first = next(frames, None)
    if first is None:
        raise ValueError("VMAF needs at least one frame")
    check_planes(*first)
    height, width = first[0].shape
    if min(height, width) < VMAF_SMALLEST_SIDE:
        raise ValueError(f"VMAF needs at least {VMAF_SMALLEST_SIDE} pixels a side, not {width}x{height}")
    scored = _run(binary, _command(binary, width, height, threads), chain([first], frames))
    each = {name: [float(metrics[name]) for metrics in scored] for name in _MODELS}
    return {
        "vmaf": float(np.mean(each["vmaf"])),
        "vmaf_neg": float(np.mean(each["vmaf_neg"])),
        "vmaf_frames": each["vmaf"],
        "vmaf_neg_frames": each["vmaf_neg"],
    }


def _run(binary: str, command: list[str], frames: Planes) -> list[dict]:
    """Runs FFmpeg over the frames and returns the scores of each frame by model."""
    with TemporaryDirectory() as folder, open(Path(folder) / "errors", "w+b") as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,  # so that the log's path needs no quoting in the filter's description
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        except OSError as error:
            raise CrispenError(f"{binary} cannot be run ({error.strerror}); {_REMEDY}") from None
        with process:
            assert process.stdin is not None
            try:
                count = _feed(process.stdin, frames)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            errors.seek(0)
            raise CrispenError(_reason(binary, process.returncode, errors.read().decode(errors="replace")))
        scored = [entry["metrics"] for entry in json.loads((Path(folder) / _LOG).read_text())["frames"]]
    if len(scored) != count:
        raise CrispenError(f"{binary} scored {len(scored)} frames of {count}; {_REMEDY}")
    return scored


def _command(binary: str, width: int, height: int, threads: int) -> list[str]:
    """Truth and output alternate in one pipe as 4:2:0: FFmpeg would convert gray, and shift its range."""
    models = "|".join(rf"version={version}\\:name={name}" for name, version in _MODELS.items())
    graph = (
        r"split[a][b];[a]select=not(mod(n\,2)),setpts=N[truth];[b]select=mod(n\,2),setpts=N[output];"
        f"[output][truth]libvmaf=n_threads={threads}:log_fmt=json:log_path={_LOG}:model={models}"
    )
    source = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}", "-i", "pipe:0"]
    return [binary, "-v", "error", *source, "-lavfi", graph, "-noauto_conversion_filters", "-f", "null", "-"]


def _feed(pipe: IO[bytes], frames: Planes) -> int:
    """Writes truth and output alternately with gray chroma, closes the pipe, and returns the number of frames."""
    shape, count = None, 0
    try:
        for planes in frames:
            check_planes(*planes)
            shape = shape or planes[0].shape
            if planes[0].shape != shape:
                raise ValueError(f"the frames of a clip have one shape, not {shape} and {planes[0].shape}")
            chroma = bytes([128]) * (2 * ((shape[0] + 1) // 2) * ((shape[1] + 1) // 2))
            for plane in planes:
                pipe.write(plane.tobytes() + chroma)
            count += 1
    except BrokenPipeError:
        pass  # FFmpeg ended early; its exit status and its last messages say why
    finally:
        with suppress(BrokenPipeError):
            pipe.close()
    return count


def _packaged_binary() -> str:
    try:
        return require("imageio_ffmpeg").get_ffmpeg_exe()
    except RuntimeError as error:
        raise CrispenError(f"there is no FFmpeg for VMAF ({error}); {_REMEDY}") from None


def _reason(binary: str, status: int, messages: str) -> str:
    """Says in one line why FFmpeg failed. libvmaf crashes without a message, so the exit status is reported."""
    if "No such filter: 'libvmaf'" in messages:
        return f"{binary} has no libvmaf; {_REMEDY}"
    last = "; ".join(line.strip() for line in messages.splitlines()[-3:] if line.strip())
    return f"VMAF could not be measured: {last or 'FFmpeg said nothing'} (exit status {status} of {binary})"
