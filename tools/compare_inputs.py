"""Small inputs of every kind for `compare_outputs.py`: pictures, videos, a pipe, a folder, an archive, a study."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from PIL import Image, ImageFilter

WIDTH, HEIGHT, FRAMES = 160, 96, 24


def scene(time: float, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """(height, width, 3) uint8: waves, edges and noise, with a moving disc in one corner and the rest still."""
    rows, columns = np.mgrid[:height, :width]
    waves = np.stack([128 + 60 * np.sin((rows * a + columns * b) / 9) for a, b in ((1, 2), (2, 1), (1, -1))], -1)
    waves[:, width // 2 :: 12] += 50
    disc = (rows - height / 4) ** 2 + (columns - width / 4 - 2 * time) ** 2 < (height / 6) ** 2
    waves[disc] = (200, 90, 60)
    waves += np.random.default_rng(1).normal(0, 3, waves.shape)
    return np.clip(waves, 0, 255).astype(np.uint8)


def make_pictures(folder: Path) -> None:
    """One picture of every kind that `crispen sharpen` reads and writes."""
    folder.mkdir()
    soft = Image.fromarray(scene(0)).filter(ImageFilter.GaussianBlur(1))
    soft.save(folder / "rgb.png", dpi=(72, 72))
    soft.convert("L").save(folder / "grey.png")
    soft.convert("P", palette=Image.Palette.ADAPTIVE).save(folder / "palette.png")
    clear = soft.copy()
    clear.putalpha(Image.linear_gradient("L").resize(soft.size))
    clear.save(folder / "alpha.png")
    clear.save(folder / "alpha.webp", lossless=True)
    clear.save(folder / "alpha.tiff")
    deep = (np.asarray(soft.convert("L")).astype(np.uint16) * 257) + 3
    Image.fromarray(deep).save(folder / "grey16.png")
    Image.fromarray(deep).save(folder / "grey16.tiff")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "A camera"  # turned by 90 degrees; the maker
    soft.save(folder / "turned.jpg", quality=85, exif=exif, subsampling="4:2:0")
    soft.save(folder / "full_chroma.jpg", quality=90, subsampling="4:4:4")
    soft.convert("L").save(folder / "grey.jpg")
    soft.convert("CMYK").save(folder / "cmyk.jpg")
    for name in ("lossy.webp", "rgb.tiff", "rgb.bmp", "rgb.ppm", "rgb.jp2", "rgb.gif", "rgb.avif"):
        soft.save(folder / name)
    soft.convert("L").save(folder / "grey.pgm")


def make_video(path: Path, codec: str, pixel_format: str = "yuv420p", audio: str | None = None, **options: str) -> None:
    """A clip of `scene` at 25 frames a second, with one second of a 440 Hz tone if `audio` names a codec."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        video = cast(av.VideoStream, container.add_stream(codec, rate=25, options={"threads": "1", **options}))
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, pixel_format
        video.time_base = Fraction(1, 25)
        sound = cast(av.AudioStream, container.add_stream(audio, rate=48000)) if audio else None
        for time in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(scene(time), format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = time, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if sound:
            add_tone(container, sound)


def add_tone(container: OutputContainer, stream: av.AudioStream) -> None:
    """Writes one second of a 440 Hz tone in blocks that every audio codec takes."""
    block = 960
    for start in range(0, 48000, block):
        wave = (9000 * np.sin(2 * np.pi * 440 * np.arange(start, start + block) / 48000)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(wave[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def make_videos(folder: Path) -> None:
    """One video of every usual container and codec."""
    folder.mkdir()
    make_video(folder / "h264_aac.mp4", "libx264", audio="aac", crf="33")
    make_video(folder / "h264_opus.mkv", "libx264", audio="libopus", crf="33")
    make_video(folder / "vp8.webm", "libvpx", audio="libopus", b="100k")
    make_video(folder / "vp9.webm", "libvpx-vp9", b="100k")
    make_video(folder / "h265.mov", "libx265", crf="33")
    make_video(folder / "av1.mp4", "libsvtav1", crf="45", preset="10")
    make_video(folder / "mpeg4.avi", "mpeg4", audio="mp3", b="200k")
    make_video(folder / "h264.ts", "libx264", audio="aac", crf="33")
    make_video(folder / "deep.mkv", "ffv1", "yuv420p10le")
    make_video(folder / "full_chroma.mp4", "libx264", "yuv444p", crf="33")


def make_pipe(path: Path) -> None:
    """YUV4MPEG2 as FFmpeg writes it, 4:2:0."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C420jpeg\n".encode())
        for time in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(scene(time), format="rgb24").reformat(format="yuv420p")
            file.write(b"FRAME\n" + frame.to_ndarray().tobytes())


def make_conditions(folder: Path) -> None:
    """Folders of a study: four truths, as received, and with an unsharp mask."""
    for number in range(4):
        truth = Image.fromarray(np.roll(scene(4 * number, 320, 192), 40 * number, axis=1))
        soft = truth.filter(ImageFilter.GaussianBlur(1.5))
        for name, image in (
            ("truth", truth),
            ("input", soft),
            ("mask", soft.filter(ImageFilter.UnsharpMask(2, 80, 0))),
        ):
            (folder / name).mkdir(parents=True, exist_ok=True)
            image.save(folder / name / f"picture{number}.png")


def make_inputs(folder: Path) -> None:
    """Writes all inputs below `folder`, which must exist."""
    make_pictures(folder / "pictures")
    make_videos(folder / "videos")
    make_pipe(folder / "pipe.y4m")
    make_conditions(folder / "study")
    (folder / "damaged.png").write_bytes((folder / "pictures/rgb.png").read_bytes()[:300])
    mixed = folder / "mixed"
    (mixed / "below").mkdir(parents=True)
    for source, target in (
        ("pictures/rgb.png", "a.png"),
        ("pictures/turned.jpg", "below/b.jpg"),
        ("videos/h264_aac.mp4", "below/c.mp4"),
    ):
        (mixed / target).write_bytes((folder / source).read_bytes())
    (mixed / "notes.txt").write_text("not a picture\n")
