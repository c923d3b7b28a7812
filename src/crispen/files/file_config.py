"""The settings with which files are sharpened, checked in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crispen.cpus import default_threads
from crispen.errors import UsageError
from crispen.media.enlargement import MAX_SIDE, Enlargement
from crispen.runtime.sharpener_config import SharpenerConfig
from crispen.video.audio import AUDIO_ENCODERS, NO_AUDIO
from crispen.video.video_encoder import Encoder, check_codec, default_encoder, find_encoder, with_preset
from crispen.video.video_info import VideoInfo

MAX_SCALE = 8
_WHOLE, _TEXT, _FLAG = ((int, type(None)), "an int or None"), ((str, type(None)), "a str or None"), ((bool,), "a bool")
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "height": _WHOLE,
    "scale": ((int, float, type(None)), "a number or None"),
    "codec": _TEXT,
    "crf": _WHOLE,
    "preset": _TEXT,
    "audio": _TEXT,
    "overwrite": _FLAG,
    "compare": _FLAG,
}


@dataclass(frozen=True)
class FileConfig(SharpenerConfig):
    """How each file is sharpened: the settings of the Sharpener, of the size, of the video encoder and of the outputs.

    Attributes:
        threads: Threads of the engine and of the encoder each, 1 to 256; None for two, or one on a single CPU.
        strength: Factor on the correction, 0 to 2. At 0 a file is copied bit for bit wherever that is possible.
        height: Enlarge to this number of rows of the upright picture before sharpening, 1 to 16384. Smaller values
            than the height of the input change nothing. Not together with `scale`.
        scale: Enlarge by this factor before sharpening, 1 to 8.
        codec: Name of the video encoder, such as "h264", "av1", "ffv1" or "hevc_nvenc"; "auto-hw" for the first
            hardware encoder of H.264 that works; None for the software encoder that fits the output file.
        crf: Constant rate factor of the encoder, lower is better; None for its default, such as 18 for H.264.
        preset: Speed preset of H.264, H.265 or AV1, such as "ultrafast"; None for the slowest one that keeps real time.
        audio: None to copy the audio, "none" to leave it out, or "aac", "opus", "mp3" or "flac" to encode it anew.
        overwrite: Whether existing outputs are replaced.
        compare: Whether a comparison, before beside after, is written next to each output.

    The other settings are described at `SharpenerConfig`.

    Raises:
        TypeError: If an argument has the wrong type.
        CrispenError: If a value is out of range or unknown, or two settings exclude each other.
    """

    height: int | None = None
    scale: float | None = None
    codec: str | None = None
    crf: int | None = None
    preset: str | None = None
    audio: str | None = None
    overwrite: bool = False
    compare: bool = False

    def __post_init__(self):
        super().__post_init__()
        for name, (types, expected) in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
                raise TypeError(f"{name} must be {expected}, not {type(value).__name__}")
        if self.height is not None and self.scale is not None:
            raise UsageError("height and scale exclude each other; give one of them")
        if self.height is not None and not 1 <= self.height <= MAX_SIDE:
            raise UsageError(f"height must be between 1 and {MAX_SIDE} rows, not {self.height}")
        if self.scale is not None and not 1 <= self.scale <= MAX_SCALE:
            raise UsageError(f"scale must be between 1 and {MAX_SCALE}, not {self.scale:g}")
        if self.audio not in (None, NO_AUDIO, *AUDIO_ENCODERS):
            raise UsageError(f"audio {self.audio!r} is unknown; choose one of {', '.join([*AUDIO_ENCODERS, NO_AUDIO])}")
        if self.codec is not None:
            check_codec(self.codec)
        if self.compare and self.strength == 0:
            raise UsageError("compare has nothing to show at strength 0; leave one of them out")

    @property
    def stage_threads(self) -> int:
        """Threads of each stage: of the engine, of the scaler, and of the encoder."""
        return self.threads or default_threads()

    @property
    def enlargement(self) -> Enlargement:
        """How much pictures are enlarged before they are sharpened."""
        return Enlargement(self.scale if self.scale != 1 else None, self.height)

    @property
    def copies(self) -> bool:
        """Whether no setting changes a sample of a picture or video."""
        unset = (self.codec, self.crf, self.preset) == (None, None, None)
        return self.strength == 0 and self.enlargement == Enlargement() and unset

    @property
    def model_name(self) -> str:
        """The model as reports name it: "balanced", or the stem of an .onnx file."""
        return Path(self.model).stem

    def encoder_for(self, target: Path, info: VideoInfo) -> Encoder:
        """The encoder with which frames as described by `info` are written to `target`.

        Raises:
            CrispenError: The suffix of `target` is unknown, the encoder has no such preset, or its device is missing.
        """
        encoder = find_encoder(self.codec) if self.codec else default_encoder(target, info)
        return with_preset(encoder, self.preset) if self.preset else encoder
