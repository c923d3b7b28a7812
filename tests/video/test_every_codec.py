"""Every pixel format that decoders output, encoded with every codec that can be written."""

import av
import pytest
from clips import Brighter, frames_of, write_clip

from crispen.files.file_config import FileConfig
from crispen.files.video_file import sharpen_video
from crispen.media.plane_layout import samples
from crispen.runtime.frame_luma import sharpen_video_frame

SOURCES = {
    "libx264": "yuv420p yuv422p yuv444p yuv420p10le yuv422p10le yuv444p10le gray gray10le",
    "libx265": "yuv420p yuv422p yuv444p yuv420p10le yuv422p10le yuv420p12le yuv422p12le yuv444p12le gray gray12le",
    "libvpx-vp9": "yuv420p yuva420p yuv422p yuv440p yuv444p",
    "libvpx": "yuv420p yuva420p",
    "libsvtav1": "yuv420p yuv420p10le",
    "prores_ks": "yuv422p10le yuv444p10le yuva444p10le",
    "ffv1": "yuv420p16le gray16le yuv411p yuv410p yuva422p10le",
    "mpeg4": "yuv420p",
    "mjpeg": "yuvj420p yuvj444p",
}
OPTIONS = {"libvpx": {"auto-alt-ref": "0"}, "libx265": {"x265-params": "log-level=error"}}
TARGETS = [
    ("o.mp4", "libx264"), ("o.mp4", "libx265"), ("o.webm", "libvpx-vp9"), ("o.webm", "libvpx"), ("o.mp4", "libsvtav1"),
    ("o.mkv", "ffv1"), ("o.mov", "prores_ks"), ("o.avi", "mpeg4"), ("p.mkv", None), ("p.webm", None), ("p.mov", None),
    ("o.y4m", None),
]  # fmt: skip


class Same(Brighter):
    def frame(self, frame):
        return sharpen_video_frame(frame, lambda y: y)


def brightness(frame):
    """Mean luma as it is seen, 0 for black and 1 for white."""
    top = 1 << frame.format.components[0].bits
    level = samples(frame, 0).mean() / top * 256
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
    return level / 255 if full else (level - 16) / 219


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize(
    ("codec", "pixel_format"), [(codec, name) for codec, names in SOURCES.items() for name in names.split()]
)
def test_every_pixel_format_can_be_written_with_every_codec(codec, pixel_format, frames, tmp_path):
    source = write_clip(tmp_path / "a.mkv", frames, (64, 48), codec, pixel_format, options=OPTIONS.get(codec))
    wanted = [brightness(frame) for frame in frames_of(source)]
    assert len(wanted) == frames
    for name, encoder in TARGETS:
        options = FileConfig(codec=encoder, overwrite=True)
        sharpen_video(source, tmp_path / name, None, Same(), options)
        with av.open(str(tmp_path / name)) as container:
            made = [brightness(frame) for frame in container.decode(video=0)]
        assert made == pytest.approx(wanted, abs=0.012), (name, encoder)
