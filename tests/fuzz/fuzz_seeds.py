"""Small valid files of every container and picture format that Crispen reads, made with PyAV and Pillow."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from heif_files import grid_of, heif, smooth
from PIL import Image, ImageCms

from crispen.media.scheduling import preserve_scheduling

os.environ.setdefault("SVT_LOG", "1")  # errors only
SIZE, FRAMES = (64, 48), 6


def _pixels(number: int = 0) -> np.ndarray:
    """A smooth moving pattern, (48, 64, 3) uint8."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    wave = 120 + 60 * np.sin((rows + columns + 3 * number) / 6)
    return np.stack([wave, 255 - wave, np.full_like(wave, 20 * number)], axis=2).astype(np.uint8)


def _video(codec: str, pixel_format: str = "yuv420p", audio: str = "", subtitles: str = "", **settings) -> Callable:
    """Returns a function that writes a video of FRAMES frames to a path."""
    width, height = settings.pop("size", SIZE)
    options = settings.pop("options", {})

    def write(path: Path) -> None:
        with preserve_scheduling(), av.open(str(path), "w", **settings) as container:
            container.metadata["title"] = "seed"
            video = container.add_stream(codec, rate=25, options=options)
            video.width, video.height, video.pix_fmt = width, height, pixel_format
            sound = container.add_stream(audio, rate=48000 if audio == "libopus" else 44100) if audio else None
            if sound is not None:
                sound.bit_rate = 64_000
            text = container.add_mux_stream(subtitles, time_base=Fraction(1, 1000)) if subtitles else None
            for number in range(FRAMES):
                frame = av.VideoFrame.from_ndarray(_pixels(number), "rgb24")
                frame = frame.reformat(width=width, height=height, format=pixel_format)
                frame.pts, frame.time_base = number, Fraction(1, 25)
                container.mux(video.encode(frame))
            if sound is not None:
                _tone(container, sound)
            if text is not None:
                packet = av.Packet(b"\0\5hello" if subtitles == "mov_text" else b"hello")
                packet.pts = packet.dts = 50
                packet.duration, packet.time_base, packet.stream = 100, Fraction(1, 1000), text
                container.mux(packet)
            container.mux(video.encode(None))

    return write


def _tone(container, stream) -> None:
    context = stream.codec_context
    rate, size = context.sample_rate, context.frame_size or 1024
    resampler = av.AudioResampler(context.format.name, context.layout.name, rate)
    wave = (0.3 * np.sin(np.arange(rate // 4) / 20)).astype(np.float32)
    for start in range(0, len(wave), size):
        chunk = av.AudioFrame.from_ndarray(wave[None, start : start + size], "fltp", "mono")
        chunk.sample_rate, chunk.pts, chunk.time_base = rate, start, Fraction(1, rate)
        for frame in resampler.resample(chunk):
            container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _picture(mode: str = "RGB", **options) -> Callable:
    """Returns a function that writes one picture to a path; `metadata=True` adds an ICC profile and EXIF."""
    metadata = options.pop("metadata", False)

    def write(path: Path) -> None:
        image = Image.fromarray(_pixels()).convert(mode if mode != "I;16" else "L")
        if mode == "I;16":
            image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
        extra = {}
        if metadata:
            exif = Image.Exif()
            exif[0x0112], exif[0x010F], exif[0x9286] = 6, "Maker", "a comment"
            extra = {
                "exif": exif.tobytes(),
                "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
            }
        image.save(path, **extra, **options)

    return write


def _animation(path: Path) -> None:
    pictures = [Image.fromarray(_pixels(number)) for number in range(3)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=40)


def _y4m(path: Path) -> None:
    frame = av.VideoFrame.from_ndarray(_pixels(), "rgb24").reformat(format="yuv420p").to_ndarray().tobytes()
    path.write_bytes(b"YUV4MPEG2 W64 H48 F25:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + frame) * FRAMES)


def _heif(codec: str, pixel_format: str, brand: bytes) -> Callable:
    """Returns a function that writes a grid of two tiles to a path."""

    def write(path: Path) -> None:
        tiles = grid_of(smooth(128, 64), 64)
        path.write_bytes(heif(tiles, codec, pixel_format, (120, 60), 2, brand))

    return write


_FAST = {"preset": "ultrafast"}
_VPX = {"deadline": "realtime", "cpu-used": "8"}

SEEDS: dict[str, Callable[[Path], None]] = {
    "h264_aac.mp4": _video("libx264", audio="aac", subtitles="mov_text", options=_FAST),
    "fragmented.mp4": _video(
        "libx264", audio="aac", options=_FAST, container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "h264_srt.mkv": _video("libx264", audio="flac", subtitles="srt", options=_FAST),
    "hevc10.mkv": _video("libx265", "yuv420p10le", options={**_FAST, "x265-params": "log-level=none"}),
    "prores.mov": _video("prores_ks", "yuv422p10le", audio="pcm_s16le"),
    "png.mov": _video("png", "rgb24"),
    "vp8.webm": _video("libvpx", audio="libopus", options=_VPX),
    "vp9.webm": _video("libvpx-vp9", audio="libopus", options=_VPX),
    "vp9.ivf": _video("libvpx-vp9", options=_VPX),
    "av1.mp4": _video("libsvtav1", options={"preset": "12"}),
    "av1.obu": _video("libsvtav1", options={"preset": "12"}),
    "mpeg4_mp3.avi": _video("mpeg4", audio="libmp3lame"),
    "mjpeg.avi": _video("mjpeg", "yuvj420p", audio="pcm_s16le"),
    "ffv1.nut": _video("ffv1"),
    "mpeg2_mp2.ts": _video("mpeg2video", audio="mp2"),
    "h264_aac.ts": _video("libx264", audio="aac", options=_FAST),
    "mpeg1.mpg": _video("mpeg1video", audio="mp2"),
    "mpeg2.mxf": _video("mpeg2video"),
    "h264_aac.flv": _video("libx264", audio="aac", options=_FAST),
    "wmv2.wmv": _video("wmv2", audio="wmav2"),
    "h263.3gp": _video("h263", size=(176, 144), audio="aac"),
    "raw.h264": _video("libx264", options=_FAST),
    "raw.hevc": _video("libx265", options={**_FAST, "x265-params": "log-level=none"}),
    "raw.m2v": _video("mpeg2video"),
    "raw.mjpeg": _video("mjpeg", "yuvj420p"),
    "raw.y4m": _y4m,
    "still.gif": _picture("P"),
    "animated.gif": _animation,
    "rgb.png": _picture(metadata=True),
    "rgba.png": _picture("RGBA"),
    "palette.png": _picture("P"),
    "grey16.png": _picture("I;16"),
    "exif.jpg": _picture(metadata=True),
    "progressive.jpg": _picture("L", progressive=True),
    "lossy.webp": _picture(metadata=True),
    "lossless.webp": _picture("RGBA", lossless=True),
    "lzw.tiff": _picture(compression="tiff_lzw", metadata=True),
    "deflate16.tif": _picture("I;16", compression="tiff_adobe_deflate"),
    "plain.tiff": _picture(),
    "plain.bmp": _picture(),
    "plain.ppm": _picture(),
    "plain.pgm": _picture("L"),
    "plain.avif": _picture(metadata=True),
    "plain.jp2": _picture(),
    "tiles.heic": _heif("libx265", "yuv420p", b"heic"),
    "tiles10.avif": _heif("libsvtav1", "yuv420p10le", b"avif"),
}


def make_seeds(folder: Path) -> dict[str, bytes]:
    """Writes every seed to `folder`; returns {name: bytes}."""
    found = {}
    for name, write in SEEDS.items():
        write(folder / name)
        found[name] = (folder / name).read_bytes()
    return found
