"""Runs mpv on a software renderer, without a screen."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

needs_mpv = pytest.mark.skipif(
    not (shutil.which("mpv") and shutil.which("xvfb-run")), reason="needs mpv, xvfb and libgl1-mesa-dri"
)
SHOT = """
mp.register_event("playback-restart", function()
  mp.add_timeout(1, function()
    mp.commandv("screenshot-to-file", "{}", "window")
    mp.command("quit")
  end)
end)
"""


DISPLAY = ["xvfb-run", "-a", "-s", "-screen 0 640x480x24"]


def options(folder, height: int, width: int) -> list[str]:
    """Lines of mpv.conf for a window of that size, whose screenshot is shot.png in `folder`."""
    (folder / "shot.lua").write_text(SHOT.format(folder / "shot.png"))
    output = ["vo=gpu", "gpu-api=opengl", "gpu-context=x11egl", "fbo-format=rgba32f", "dither=no"]
    window = [f"geometry={width}x{height}", "video-unscaled=yes", "border=no", "osc=no", "osd-level=0"]
    return [*output, *window, "audio=no", f"script={folder}/shot.lua"]


def shown(folder, command: list[str], **how) -> np.ndarray:
    """The screenshot of mpv, run by `command` with `options`, of a grey picture."""
    said = subprocess.run([*DISPLAY, *command], capture_output=True, text=True, timeout=100, **how)
    assert "shader" not in said.stdout.lower(), said.stdout  # mpv ignores a shader that does not compile
    return np.asarray(Image.open(folder / "shot.png").convert("RGB"))[..., 1]


def rendered(folder, shader: str, y: np.ndarray) -> np.ndarray:
    """The screenshot of a grey picture through `shader`, pixel by pixel."""
    (folder / "net.glsl").write_text(shader)
    Image.fromarray(y).save(folder / "in.png")
    flags = [f"--{option}" for option in options(folder, *y.shape)]
    played = ["--no-config", "--pause", "--image-display-duration=inf", f"--glsl-shaders={folder}/net.glsl"]
    return shown(folder, ["mpv", *played, *flags, str(folder / "in.png")])
