"""VMAF (Li, Aaron, Katsavounidis, Moorthy and Manohara, 2016) and VMAF-NEG (Li et al., 2020), by FFmpeg with libvmaf.

VMAF can be raised above its due by sharpening; NEG, "no enhancement gain", counts no contrast that the truth did not
have. So both are measured at once, and neither means much alone.
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
from crispen.metrics.psnr_ssim import check_planes

LEAST_SIDE = 32  # libvmaf crashes at 16
_MODELS = {"vmaf": "vmaf_v0.6.1", "vmaf_neg": "vmaf_v0.6.1neg"}
_LOG = "scores.json"
_REMEDY = "run: pip install 'crispen[eval]', which brings an FFmpeg with libvmaf"


class VmafScores(TypedDict):
    """Means over the frames, and the score of each frame; 0 to 100, without unit."""

    vmaf: float
    vmaf_neg: float
    vmaf_frames: list[float]
    vmaf_neg_frames: list[float]


def vmaf(
    truth: Iterable[np.ndarray], output: Iterable[np.ndarray], threads: int = 2, ffmpeg: str | None = None
) -> VmafScores:
    """VMAF v0.6.1 and VMAF-NEG v0.6.1 of the luma of a clip; equal clips score 95 to 100, as the models have it.

    truth, output: equally many (H, W) uint8 planes of one shape, sides at least LEAST_SIDE, in video range (16 to 235),
    which the models were fitted on. The models look at luma only; they suppose 1080p seen from three heights away.
    threads: that libvmaf works on. ffmpeg: the binary; by default the one that imageio-ffmpeg brings.
    Raises ValueError for planes that cannot be compared, of which there are none, or not equally many; CrispenError if
    the binary is missing, lacks libvmaf, or fails.
    """
    binary = ffmpeg or _shipped_binary()
    frames = zip(truth, output, strict=True)
    first = next(frames, None)
    if first is None:
        raise ValueError("VMAF needs at least one frame")
    check_planes(*first)  # before its shape is believed
    height, width = first[0].shape
    if min(height, width) < LEAST_SIDE:
        raise ValueError(f"VMAF needs at least {LEAST_SIDE} pixels a side, not {width}x{height}")
    with TemporaryDirectory() as folder, open(Path(folder) / "errors", "w+b") as errors:
        try:
            process = subprocess.Popen(
                _command(binary, width, height, threads),
                cwd=folder,  # so that the log's path needs no quoting inside the filter's description
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        except OSError as error:
            raise CrispenError(f"{binary} cannot be run ({error.strerror}); {_REMEDY}") from None
        with process:
            assert process.stdin is not None
            try:
                count = _feed(process.stdin, chain([first], frames))
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            errors.seek(0)
            raise CrispenError(_reason(binary, process.returncode, errors.read().decode(errors="replace")))
        scored = [entry["metrics"] for entry in json.loads((Path(folder) / _LOG).read_text())["frames"]]
    if len(scored) != count:
        raise CrispenError(f"{binary} scored {len(scored)} frames of {count}; {_REMEDY}")
    each = {name: [float(metrics[name]) for metrics in scored] for name in _MODELS}
    return {
        "vmaf": float(np.mean(each["vmaf"])),
        "vmaf_neg": float(np.mean(each["vmaf_neg"])),
        "vmaf_frames": each["vmaf"],
        "vmaf_neg_frames": each["vmaf_neg"],
    }


def _command(binary: str, width: int, height: int, threads: int) -> list[str]:
    """Truth and output come by turns through one pipe, as 4:2:0: FFmpeg would convert grey, and shift its range."""
    models = "|".join(rf"version={version}\\:name={name}" for name, version in _MODELS.items())
    graph = (
        r"split[a][b];[a]select=not(mod(n\,2)),setpts=N[truth];[b]select=mod(n\,2),setpts=N[output];"
        f"[output][truth]libvmaf=n_threads={threads}:log_fmt=json:log_path={_LOG}:model={models}"
    )
    source = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", f"{width}x{height}", "-i", "pipe:0"]
    return [binary, "-v", "error", *source, "-lavfi", graph, "-noauto_conversion_filters", "-f", "null", "-"]


def _feed(pipe: IO[bytes], pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> int:
    """Writes (truth, output) by turns with grey chroma, closes the pipe, and returns how many pairs there were."""
    shape, count = None, 0
    try:
        for pair in pairs:
            check_planes(*pair)
            shape = shape or pair[0].shape
            if pair[0].shape != shape:
                raise ValueError(f"the frames of a clip have one shape, not {shape} and {pair[0].shape}")
            chroma = bytes([128]) * (2 * ((shape[0] + 1) // 2) * ((shape[1] + 1) // 2))
            for plane in pair:
                pipe.write(plane.tobytes() + chroma)
            count += 1
    except BrokenPipeError:
        pass  # FFmpeg ended early; its exit status and its last words say why
    finally:
        with suppress(BrokenPipeError):
            pipe.close()
    return count


def _shipped_binary() -> str:
    try:
        return require("imageio_ffmpeg", "eval").get_ffmpeg_exe()
    except RuntimeError as error:
        raise CrispenError(f"there is no FFmpeg for VMAF ({error}); {_REMEDY}") from None


def _reason(binary: str, status: int, said: str) -> str:
    """One line that says why FFmpeg failed; libvmaf crashes without a word, hence the exit status."""
    if "No such filter: 'libvmaf'" in said:
        return f"{binary} has no libvmaf; {_REMEDY}"
    last = "; ".join(line.strip() for line in said.splitlines()[-3:] if line.strip())
    return f"VMAF could not be measured: {last or 'FFmpeg said nothing'} (exit status {status} of {binary})"
